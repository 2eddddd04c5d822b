"""Changes as the store has them, made into what watchers are told."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ranking.entry import Entry
from ranking.zset.keys import Keys
from ranking.zset.record import entry, place, row
from ranking.zset.shards import Shards

Fields = dict[bytes, bytes]


class Told(NamedTuple):
    """One change of one feed."""

    seq: int
    entry: Entry | None
    """None: somebody was erased."""
    previous_rank: int

    @property
    def identity(self) -> object:
        """What stays the same when it is read again: not the rank on many shards."""
        entry = self.entry
        return entry and (entry.user, entry.score, entry.achieved_ms)


async def told(
    shards: Shards, key: Keys, changes: Sequence[tuple[bytes, Sequence[Any]]]
) -> list[Told]:
    """Read *changes* of the shard *key*, as XRANGE returns them.

    With several shards a rank is the one at this moment, not that of the change:
    what other shards had then is gone.
    """
    fields = [dict(zip(f[::2], f[1::2], strict=True)) for _, f in changes]
    seqs = [int(number.partition(b"-")[0]) for number, _ in changes]
    elsewhere = await _elsewhere(shards, key, fields)
    return [_one(*each) for each in zip(seqs, fields, elsewhere, strict=True)]


Elsewhere = tuple[int, int, int]
"""Rows on other shards: before the row, with a better score, before its old place."""


async def _elsewhere(
    shards: Shards, key: Keys, fields: Sequence[Fields]
) -> list[Elsewhere]:
    if shards.spec.shards == 1 or not fields:
        return [(0, 0, 0)] * len(fields)
    places = []
    for change in fields:
        user = change.get(b"u", b"")
        old = change[b"o"] or change[b"d"][:20]
        places += [place(change.get(b"d", old)[:20], user), place(old, user)]
    _, found = await shards.places(places, without=key)
    new, old_places = found[::2], found[1::2]
    return [(*n, o[0]) for n, o in zip(new, old_places, strict=True)]


def _one(seq: int, change: Fields, elsewhere: Elsewhere) -> Told:
    ahead, better, before = elsewhere
    previous = int(change[b"p"])
    if previous:
        previous += before
    if b"d" not in change:
        return Told(seq, None, previous)
    found = row(change[b"u"], change[b"d"])
    rank, shared = int(change[b"r"]) + ahead, int(change[b"s"]) + better
    return Told(seq, entry(found, rank, shared), previous)
