"""What is kept in this process for each period of a board."""

from dataclasses import dataclass, field

from ranking.spec import BoardSpec
from ranking.store.store import Store
from ranking.zset.lookup import Lookups
from ranking.zset.shards import Shards

_MOST_MADE = 64
"""Periods that people look at again and again are few."""


@dataclass(slots=True)
class Periods:
    """The shards of each period of a board, made once."""

    spec: BoardSpec
    store: Store
    _made: dict[str, Lookups] = field(default_factory=dict)

    def lookups(self, period: str) -> Lookups:
        """Return where users of *period* are looked up."""
        made = self._made.get(period)
        if made is None:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            shards = Shards(self.spec, self.store, period)
            made = self._made[period] = Lookups(shards)
        return made

    def __getitem__(self, period: str) -> Shards:
        """Return the shards of *period*."""
        return self.lookups(period).shards
