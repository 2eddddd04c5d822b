"""The names of a board's keys."""

import re
import zlib
from typing import NamedTuple

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
    changes: bytes
    """Stream: every accepted change, numbered as `seq`."""
    requests: tuple[bytes, bytes]
    """Hashes: request id -> whether it changed the score; they take turns."""

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key, as the update script wants them."""
        return (*self[:4], *self.requests)


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
        f"{tag}:S".encode(),
        (f"{tag}:I0".encode(), f"{tag}:I1".encode()),
    )


def ticket_name(spec: BoardSpec, period: str) -> bytes:
    """Return the key of the arrival counter that several shards share."""
    return f"RANKING_{spec.name.upper()}_{period}/of{spec.shards}:T".encode()


def shard_of(spec: BoardSpec, user: bytes) -> int:
    """Return the shard that has *user*; never changes for a number of shards."""
    return zlib.crc32(user) % spec.shards if spec.shards > 1 else 0


def index_pattern(spec: BoardSpec) -> str:
    """Return a glob that finds the index of every period and shard, and more."""
    return f"RANKING_{spec.name.upper()}_*"


def period_in(spec: BoardSpec, index: str) -> str | None:
    """Return the period that *index* belongs to; None: it is no index of *spec*."""
    head = re.escape(f"RANKING_{spec.name.upper()}_")
    tail = "" if spec.shards == 1 else rf"/\d+of{spec.shards}"
    found = re.fullmatch(rf"{head}(\w+){tail}", index, re.ASCII)
    return found[1] if found else None
