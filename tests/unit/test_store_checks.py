"""What a server says about itself, and the problems that are found in it."""

from dataclasses import replace

import pytest

from ranking.store.checks import Facts, problems
from ranking.store.doubts import doubts
from ranking.store.options import StoreOptions

GOOD = Facts(
    {
        "redis_version": "7.2.4",
        "valkey_version": "9.1.2",
        "role": "master",
        "aof_enabled": "1",
        "maxmemory_policy": "noeviction",
        "connected_slaves": "1",
    },
    {
        "appendfsync": "everysec",
        "lazyfree-lazy-expire": "yes",
        "no-appendfsync-on-rewrite": "no",
        "save": "",
    },
)
HIDDEN = replace(GOOD, config={})
MANAGED = replace(HIDDEN, info={**GOOD.info, "aof_enabled": "0"})
FSYNC = StoreOptions(durability="fsync")
REPLICATED = StoreOptions(durability="replicated")
ALLOWED = StoreOptions(allow_volatile=True)


def saying(facts: Facts = GOOD, **info: str) -> Facts:
    return replace(facts, info={**facts.info, **info})


def set_to(**config: str) -> Facts:
    named = {name.replace("_", "-"): value for name, value in config.items()}
    return replace(GOOD, config={**GOOD.config, **named})


@pytest.mark.parametrize(
    ("facts", "options"),
    [
        pytest.param(GOOD, StoreOptions(), id="good"),
        pytest.param(HIDDEN, StoreOptions(), id="managed"),
        pytest.param(MANAGED, StoreOptions(), id="hides-save"),
        pytest.param(MANAGED, REPLICATED, id="managed-replicated"),
        pytest.param(
            saying(MANAGED, maxmemory_policy="volatile-lru"), ALLOWED, id="serverless"
        ),
        pytest.param(
            replace(GOOD, refuses_wait="ERR unknown command"), FSYNC, id="needs-no-wait"
        ),
        pytest.param(GOOD, FSYNC, id="waitaof"),
        pytest.param(set_to(appendfsync="always"), FSYNC, id="always"),
        pytest.param(saying(aof_enabled="0"), ALLOWED, id="volatile"),
        pytest.param(saying(aof_enabled="0"), REPLICATED, id="copies"),
        pytest.param(
            saying(redis_version="6.2.14", valkey_version=""), StoreOptions(), id="6.2"
        ),
    ],
)
def test_finds_nothing_in_a_store_that_is_safe(
    facts: Facts, options: StoreOptions
) -> None:
    assert problems(facts, options) == []


@pytest.mark.parametrize(
    ("facts", "options", "problem"),
    [
        (saying(redis_version="6.0.16", valkey_version=""), StoreOptions(), "6.0.16"),
        (saying(valkey_version="7.0.1"), StoreOptions(), "Valkey 7.0.1"),
        (saying(maxmemory_policy="volatile-lru"), StoreOptions(), "volatile-lru"),
        (saying(aof_enabled="0"), StoreOptions(), "keeps nothing"),
        (saying(aof_enabled="0"), FSYNC, "before its disk has a write"),
        (MANAGED, FSYNC, "ask a managed service that has none of these for replicated"),
        (
            saying(MANAGED, maxmemory_policy="volatile-lru"),
            REPLICATED,
            "set maxmemory-policy noeviction",
        ),
        (
            replace(MANAGED, refuses_wait="ERR unknown command 'WAIT'"),
            REPLICATED,
            "WAIT refused: ERR unknown command 'WAIT'",
        ),
        (saying(redis_version="7.0.15", valkey_version=""), FSYNC, "always"),
    ],
)
def test_says_what_is_wrong(facts: Facts, options: StoreOptions, problem: str) -> None:
    assert problem in " ".join(problems(facts, options))


def test_always_is_not_always_while_the_file_is_rewritten() -> None:
    assert set_to(appendfsync="always").fsyncs_first
    assert not set_to(
        appendfsync="always", no_appendfsync_on_rewrite="yes"
    ).fsyncs_first


@pytest.mark.parametrize(
    ("facts", "options", "doubt"),
    [
        (GOOD, REPLICATED, ""),
        (GOOD, StoreOptions(durability="replicated", replicas=2), "1 replicas are"),
        (set_to(lazyfree_lazy_expire="no"), StoreOptions(), "lazyfree-lazy-expire yes"),
        (GOOD, StoreOptions(), ""),
        (HIDDEN, StoreOptions(), ""),
        (MANAGED, StoreOptions(), "what it keeps over a restart is not known"),
        (MANAGED, REPLICATED, ""),
        (MANAGED, ALLOWED, ""),
        (saying(maxmemory_policy="volatile-lru"), ALLOWED, "volatile-lru"),
        (saying(maxmemory_policy="volatile-lru"), StoreOptions(), ""),
    ],
)
def test_doubts_what_may_become_a_problem_or_cannot_be_known(
    facts: Facts, options: StoreOptions, doubt: str
) -> None:
    found = doubts(facts, options)

    assert bool(found) is bool(doubt)
    assert doubt in " ".join(found)


def test_a_policy_that_is_not_told_is_not_taken_for_a_good_one() -> None:
    info = {name: GOOD.info[name] for name in GOOD.info if name != "maxmemory_policy"}
    silent = replace(GOOD, info=info)

    assert problems(silent, StoreOptions()) == []
    assert "does not tell its maxmemory-policy" in doubts(silent, StoreOptions())[0]
