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
    _mark: Told | None = None
    """The last change that was read."""

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
        if seq < self.seq or self._was_replaced(changes):
            self.generation += 1
            self._ring.clear()
            self._mark, self.seq = None, seq
            return False
        self._mark = changes[-1] if changes else self._mark
        self._keep([change for change in changes if change.seq > self.seq])
        self.seq = self._place(changes, seq).seq
        return self.seq < seq

    def _was_replaced(self, changes: list[Told]) -> bool:
        """Tell whether the last change known is another now.

        The store has then lost its latest changes, and has counted on since.
        """
        first = changes[0] if changes else None
        mark = self._mark
        if first is None or mark is None or first.seq != mark.seq:
            return False
        return first.identity != mark.identity

    async def after(self, place: Place) -> Read:
        """Return some hundreds of the changes after *place*."""
        if place.generation != self.generation:
            return Read([], await self.last(), rewound=True)
        if place.seq == self.seq:
            return Read([], place)
        if place.seq < self.seq and self._ring and self._ring[0].seq <= place.seq + 1:
            start = bisect.bisect_right(self._ring, place.seq, key=lambda t: t.seq)
            changes = self._ring[start : start + _BATCH]
            return Read(changes, self._place(changes, self.seq))
        # Far behind, or told of something newer than the last poll.
        seq, changes = await self._ask(place.seq)
        if seq < place.seq:
            return Read([], Place(seq, self.generation), rewound=True)
        new = [change for change in changes if change.seq > place.seq]
        return Read(new, self._place(changes, seq))

    def _place(self, batch: list[Told], last: int) -> Place:
        """Return how far *batch* reaches: to the end, unless there may be more.

        Entries of an erased user are gone from the stream, its numbers are not.
        """
        reached = batch[-1].seq if len(batch) == _BATCH else last
        return Place(reached, self.generation)

    def _keep(self, changes: list[Told]) -> None:
        if any(change.entry is None for change in changes):
            self._ring.clear()  # what an erased user did must not be told again
        self._ring.extend(changes)
        if len(self._ring) > 2 * RING:
            del self._ring[:-RING]

    async def _ask(self, seq: int) -> tuple[int, list[Told]]:
        args = (self.shards.order, seq, _BATCH)
        last, changes = await self.shards.store.read(scripts.FEED, self.key.all, args)
        return int(last), await told(self.shards, self.key, changes)
