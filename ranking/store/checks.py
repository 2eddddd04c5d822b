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
    asked: list[Words] = [("INFO",), *(("CONFIG", "GET", name) for name in _ASKED)]
    info, *pairs = await asyncio.gather(*map(pipe.send, asked))
    if isinstance(info, ReplyError):
        raise Misconfigured(f"INFO is refused ({info}); allow +info to the user")
    known = (pair for pair in pairs if not isinstance(pair, ReplyError) and pair)
    config = {name.decode(): value.decode() for name, value in known}
    return Facts(_fields(info.decode()), config)


def problems(facts: Facts, options: StoreOptions) -> list[str]:
    """Return why scores would get lost in this server, and what to set."""
    found = [*_age(facts), *_eviction(facts), *_persistence(facts, options)]
    if options.durability == "fsync":
        found += _fsync(facts)
    return found


def warnings(facts: Facts, options: StoreOptions) -> list[str]:
    """Return what may become a problem, and what to set."""
    found = []
    if options.durability == "replicated" and facts.replicas < options.replicas:
        found.append(
            f"{facts.replicas} replicas are connected, and every write is to reach"
            f" {options.replicas}; none is confirmed until they are"
        )
    if facts.config.get("lazyfree-lazy-expire") == "no":
        found.append(
            "the end of a large board's days blocks the server for as long as it"
            " takes to free them; set lazyfree-lazy-expire yes"
        )
    return found


def _age(facts: Facts) -> list[str]:
    if not facts.too_old:
        return []
    return [f"it is {facts.too_old}; install Redis 6.2, Valkey 7.2 or later"]


def _eviction(facts: Facts) -> list[str]:
    policy = facts.info.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return []
    problem = (
        f"its maxmemory-policy is {policy}, which removes whole boards when memory"
        " is short; set maxmemory-policy noeviction"
    )
    return [problem]


def _persistence(facts: Facts, options: StoreOptions) -> list[str]:
    # A managed service may hide `save`, and persist in its own way.
    volatile = not facts.keeps_file and facts.config.get("save") == ""
    if not volatile or options.allow_volatile or options.durability == "replicated":
        return []
    return ["it keeps nothing over a restart; set appendonly yes"]


def _fsync(facts: Facts) -> list[str]:
    if facts.fsyncs_first or (facts.keeps_file and facts.has_waitaof):
        return []
    problem = (
        "fsync is asked for, and it answers before its disk has a write; set"
        " appendonly yes, appendfsync always and no-appendfsync-on-rewrite no"
    )
    return [problem]


def _fields(info: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in info.splitlines())
    return {name: value for name, colon, value in pairs if colon}
