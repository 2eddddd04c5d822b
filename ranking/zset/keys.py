"""The names of a board's keys."""

import re
import zlib
from dataclasses import replace
from typing import NamedTuple

from ranking.errors import BadValue
from ranking.period import period_named
from ranking.spec import BoardSpec


class Keys(NamedTuple):
    """The keys of one shard of one period; all in one slot.

    The braces make a cluster hash the index's own name, so that the index keeps
    the name that the original system gave it.
    """

    ranked: bytes
    """Sorted set: tie (6 bytes) and user id -> score."""
    records: bytes
    """Hash: user id -> tie, time, score, profile."""
    meta: bytes
    """Hash: `seq`, the number of the last change; `hour`, of the request ids."""
    ties: bytes
    """Hash: score -> how many rows have it, where several do."""
    changes: bytes
    """Stream: every accepted change, numbered as `seq`."""
    requests: tuple[bytes, bytes]
    """Hashes: request id -> whether it changed the score; they take turns."""

    @property
    def aside(self) -> bytes:
        """Sorted set: rows of the original system, for a migration to take over."""
        return b"{%b}:O" % self.ranked

    @property
    def rest(self) -> bytes:
        """Sorted set: those of them that no board can hold."""
        return b"{%b}:rest" % self.ranked

    @property
    def rows(self) -> tuple[bytes, ...]:
        """What every script of a board gets first."""
        return (self.ranked, self.records, self.meta, self.ties)

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key, as scripts that write get them."""
        return (*self.rows, self.changes, *self.requests)


def order_word(spec: BoardSpec) -> bytes:
    """Return what every script is told first: whether the highest is the first."""
    return b"1" if spec.descending else b"0"


def index_name(spec: BoardSpec, period: str, shard: int = 0) -> str:
    """Return the index's key, for the daily board as the original system named it."""
    name = f"RANKING_{spec.name.upper()}_{period}"
    return name if spec.shards == 1 else f"{name}/{shard}of{spec.shards}"


def keys(index: str) -> Keys:
    """Return the keys that belong to *index*."""
    tag = f"{{{index}}}"
    return Keys(
        index.encode(),
        f"{tag}:R".encode(),
        f"{tag}:M".encode(),
        f"{tag}:T".encode(),
        f"{tag}:S".encode(),
        (f"{tag}:I0".encode(), f"{tag}:I1".encode()),
    )


def original(spec: BoardSpec, period: str) -> Keys:
    """Return the keys whose index is named as the original system named its own."""
    return keys(index_name(replace(spec, shards=1), period))


def ticket_name(spec: BoardSpec, period: str) -> bytes:
    """Return the key of the arrival counter that several shards share."""
    return f"RANKING_{spec.name.upper()}_{period}/of{spec.shards}:T".encode()


def shard_of(spec: BoardSpec, user: bytes) -> int:
    """Return the shard that has *user*; never changes for a number of shards."""
    return zlib.crc32(user) % spec.shards if spec.shards > 1 else 0


def pattern(spec: BoardSpec) -> str:
    """Return a glob that finds every key of a board, and maybe some of others."""
    return f"*RANKING_{spec.name.upper()}_*"


def period_in(spec: BoardSpec, key: str) -> str | None:
    """Return the name of the period that *key* belongs to; None: it is none of ours."""
    head = re.escape(f"RANKING_{spec.name.upper()}_")
    tail = "" if spec.shards == 1 else rf"/\d+of{spec.shards}"
    found = re.fullmatch(rf"\{{?{head}(\w+){tail}(\}}:\w+)?", key, re.ASCII)
    if found is None:
        return None
    try:
        return period_named(spec, found[1]).name
    except BadValue:
        return None
