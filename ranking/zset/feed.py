"""The changes of one shard of a period, read once for all who watch it here."""

import bisect
from dataclasses import dataclass, field
from typing import NamedTuple

from ranking.zset import scripts
from ranking.zset.keys import Keys
from ranking.zset.shards import Shards
from ranking.zset.told import Told, told

RING = 4096
"""Changes that a task keeps of each feed; who is further behind asks the store."""
_BATCH = 500
_NEWEST = 2**53


class Place(NamedTuple):
    """How far a watcher has come."""

    seq: int
    generation: int
    """Of the feed; another one: the store has lost its latest changes since."""


class Read(NamedTuple):
    """What comes after a place."""

    changes: list[Told]
    place: Place
    """After them."""
    rewound: bool = False
    """The store has lost changes that the watcher knows of."""


@dataclass(slots=True)
class Feed:
    """A bounded ring of the latest changes; a watcher has a place in it, no copy."""

    shards: Shards
    key: Keys
    seq: int = -1
    """The last change known here; -1: not asked yet."""
    generation: int = 0
    _ring: list[Told] = field(default_factory=list)

    async def last(self) -> Place:
        """Return the place after the last change of the store."""
        seq, _ = await self._ask(_NEWEST)
        return Place(seq, self.generation)

    async def poll(self) -> bool:
        """Look for changes, as long as there are more; return whether there were."""
        if self.seq < 0:
            self.seq = (await self.last()).seq
            return True
        before = self.seq, self.generation
        while await self._poll():
            pass
        return before != (self.seq, self.generation)

    async def _poll(self) -> bool:
        """Read a batch; return whether there may be more."""
        seq, changes = await self._ask(self.seq)
        if seq < self.seq:
            self.generation += 1
            self._ring.clear()
        self._keep(changes)
        # Entries of an erased user are gone from the stream, its numbers are not.
        self.seq = changes[-1].seq if len(changes) == _BATCH else seq
        return self.seq < seq

    async def after(self, place: Place) -> Read:
        """Return some hundreds of the changes after *place*."""
        if place.generation != self.generation:
            return Read([], await self.last(), rewound=True)
        if place.seq == self.seq:
            return Read([], place)
        if place.seq < self.seq and self._ring and self._ring[0].seq <= place.seq + 1:
            start = bisect.bisect_right(self._ring, place.seq, key=lambda t: t.seq)
            return self._read(self._ring[start : start + _BATCH], self.seq)
        # Far behind, or told of something newer than the last poll.
        seq, changes = await self._ask(place.seq)
        if seq < place.seq:
            return Read([], Place(seq, self.generation), rewound=True)
        return self._read(changes, seq)

    def _read(self, changes: list[Told], last: int) -> Read:
        reached = changes[-1].seq if len(changes) == _BATCH else last
        return Read(changes, Place(reached, self.generation))

    def _keep(self, changes: list[Told]) -> None:
        if any(change.entry is None for change in changes):
            self._ring.clear()  # what an erased user did must not be told again
        self._ring.extend(changes)
        if len(self._ring) > 2 * RING:
            del self._ring[:-RING]

    async def _ask(self, seq: int) -> tuple[int, list[Told]]:
        args = (self.shards.order, seq, _BATCH)
        last, changes = await self.shards.store.read(scripts.FEED, self.key[:4], args)
        return int(last), await told(self.shards, self.key, changes)
