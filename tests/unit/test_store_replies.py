"""Error replies, and what they mean to a caller."""

import pytest

from ranking.errors import StoreFull, StoreRefused, StoreUnavailable
from ranking.store.replies import code, meaning

IN_SCRIPT = "ERR Error running script (call to f_1): @user_script:1: @user_script: 1:"
"""Redis 6.2."""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("LOADING Valkey is loading the dataset in memory", "loading"),
        ("READONLY You can't write against a read only replica.", "a replica now"),
        ("MISCONF Errors writing to the AOF file: No space left", "its disk"),
        ("NOREPLICAS Not enough good replicas to write.", "too few replicas"),
        ("NOAUTH Authentication required.", "wants a password"),
        ("NOPERM User x has no permissions", "may not do this"),
        ("CLUSTERDOWN The cluster is down", "the cluster has lost"),
        (f"{IN_SCRIPT} -MISCONF Errors writing to the AOF file", "its disk"),
    ],
)
def test_what_passes_is_unavailable(text: str, reason: str) -> None:
    error = meaning(text)

    assert isinstance(error, StoreUnavailable)
    assert reason in error.reason


@pytest.mark.parametrize(
    "text",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user",
        f"{IN_SCRIPT} -OOM command not allowed when used memory > 'maxmemory'.",
    ],
)
def test_no_memory_is_full(text: str) -> None:
    assert isinstance(meaning(text), StoreFull)


def test_what_nobody_knows_is_a_bug_that_a_caller_does_not_read() -> None:
    error = meaning("ERR secret things")

    assert isinstance(error, StoreRefused)
    assert error.text == "ERR secret things"
    assert "secret" not in str(error)


def test_the_code_is_the_first_word() -> None:
    assert code("MOVED 3999 127.0.0.1:6381") == "MOVED"
