"""What a server says about itself, and whether a ranking is safe in it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from ranking.store.engine import Misconfigured, ReplyError
from ranking.store.options import StoreOptions
from ranking.store.pipe import Pipe, Words

_OLDEST = (6, 2)
_OLDEST_VALKEY = (7, 2)
_WAITAOF_SINCE = (7, 2)
_ASKED = (
    "appendfsync",
    "lazyfree-lazy-expire",
    "no-appendfsync-on-rewrite",
    "save",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server says about itself."""

    info: Mapping[str, str]
    config: Mapping[str, str]
    """Empty where a managed service does not allow to ask."""
    refuses_wait: str = ""
    """What it said to WAIT; empty: it knows how."""

    @property
    def loading(self) -> bool:
        """Whether it still reads its data from the disk."""
        return self.info.get("loading") == "1"

    @property
    def is_master(self) -> bool:
        """Whether it takes writes."""
        return self.info.get("role", "master") == "master"

    @property
    def is_cluster(self) -> bool:
        """Whether it has some slots only."""
        return self.info.get("cluster_enabled") == "1"

    @property
    def replicas(self) -> int:
        """How many are connected to it."""
        return int(self.info.get("connected_slaves", 0))

    @property
    def keeps_file(self) -> bool:
        """Whether it appends every write to a file."""
        return self.info.get("aof_enabled") == "1"

    @property
    def evicts(self) -> str:
        """By which policy it removes keys when memory is short; empty: it does not."""
        policy = self.info.get("maxmemory_policy", "")
        return "" if policy == "noeviction" else policy

    @property
    def fsyncs_first(self) -> bool:
        """Whether no reply leaves before the disk has the write, whoever asks."""
        return (
            self.keeps_file
            and self.config.get("appendfsync") == "always"
            and self.config.get("no-appendfsync-on-rewrite") == "no"
        )

    @property
    def has_waitaof(self) -> bool:
        """Whether it can say when its disk has a write."""
        return self._version("redis_version") >= _WAITAOF_SINCE

    @property
    def too_old(self) -> str:
        """What it is, when that is too old; else empty."""
        if self._version("redis_version") < _OLDEST:
            return f"Redis {self.info['redis_version']}"
        # A Valkey also tells which Redis it can stand in for.
        valkey = self.info.get("valkey_version")
        if valkey and self._version("valkey_version") < _OLDEST_VALKEY:
            return f"Valkey {valkey}"
        return ""

    def _version(self, name: str) -> tuple[int, ...]:
        parts = self.info.get(name, "0").split(".")[:2]
        return tuple(int(part) if part.isdecimal() else 0 for part in parts)


async def ask(pipe: Pipe) -> Facts:
    """Ask the server behind *pipe*, whose error replies are kept.

    Raises:
        StoreUnavailable: It does not answer.
        Misconfigured: The user may not even ask.
    """
    asked: list[Words] = [("INFO",), ("WAIT", 0, 0)]  # for no replica: at once
    asked += [("CONFIG", "GET", name) for name in _ASKED]
    info, waited, *pairs = await asyncio.gather(*map(pipe.send, asked))
    if isinstance(info, ReplyError):
        raise Misconfigured(f"INFO is refused ({info}); allow +info to the user")
    known = (pair for pair in pairs if not isinstance(pair, ReplyError) and pair)
    config = {name.decode(): value.decode() for name, value in known}
    refused = str(waited) if isinstance(waited, ReplyError) else ""
    return Facts(_fields(info.decode()), config, refused)


def problems(facts: Facts, options: StoreOptions) -> list[str]:
    """Return why scores would get lost in this server, and what to set."""
    found = _age(facts)
    if not options.allow_volatile:
        found += [*_eviction(facts), *_persistence(facts, options)]
    if options.durability == "fsync":
        found += _fsync(facts)
    if options.durability == "replicated" and facts.refuses_wait:
        found.append(f"replicated is asked for, and WAIT refused: {facts.refuses_wait}")
    return found


def _age(facts: Facts) -> list[str]:
    if not facts.too_old:
        return []
    return [f"it is {facts.too_old}; install Redis 6.2, Valkey 7.2 or later"]


def _eviction(facts: Facts) -> list[str]:
    if not facts.evicts:
        return []
    problem = (
        f"its maxmemory-policy is {facts.evicts}, which removes whole boards when"
        " memory is short; set maxmemory-policy noeviction"
    )
    return [problem]


def _persistence(facts: Facts, options: StoreOptions) -> list[str]:
    # A managed service may hide `save`, and persist in its own way: see `doubts`.
    volatile = not facts.keeps_file and facts.config.get("save") == ""
    if not volatile or options.durability == "replicated":
        return []
    return ["it keeps nothing over a restart; set appendonly yes"]


def _fsync(facts: Facts) -> list[str]:
    if facts.fsyncs_first or (facts.keeps_file and facts.has_waitaof):
        return []
    problem = (
        "fsync is asked for, and it answers before its disk has a write; set"
        " appendonly yes, appendfsync always and no-appendfsync-on-rewrite no; ask a"
        " managed service that has none of these for replicated"
    )
    return [problem]


def _fields(info: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in info.splitlines())
    return {name: value for name, colon, value in pairs if colon}
