"""Where one watcher is in the feeds of a board."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ranking.entry import Change, Position
from ranking.errors import BadValue
from ranking.memory.table import Table
from ranking.period import Period, period_named
from ranking.spec import BoardSpec


@dataclass(slots=True)
class Follower:
    """What a watcher has seen; it holds numbers, and no change itself.

    Attributes:
        seen: The last change by feed.
        since_ms: Periods that begin here or later are followed from their first
            change, those before only where `seen` names them.
    """

    seen: dict[str, int]
    since_ms: int

    def next(self, tables: Iterable[Table], open_: frozenset[str]) -> Change | None:
        """Return what to tell next; None: there is nothing now.

        Args:
            tables: By time.
            open_: The periods that still take scores; others are left for good
                when all of theirs is told.
        """
        for table in tables:
            name = table.period.name
            if name not in self.seen and table.period.start_ms < self.since_ms:
                continue
            if change := self._told(table):
                return change
            if name not in open_:
                self.seen.pop(name, None)
                self.since_ms = max(self.since_ms, table.period.end_ms)
        return None

    def catch_up(self, tables: Mapping[str, Table]) -> int:
        """Leave what is not kept behind; return how much, -1: nobody knows."""
        missed = 0
        for name, seen in self.seen.items():
            last = tables[name].feed.last if name in tables else 0
            dropped = tables[name].feed.dropped(seen) if name in tables else 0
            lost = missed < 0 or seen > last
            missed = -1 if lost else missed + dropped
            self.seen[name] = min(seen + dropped, last)
        return missed

    def _told(self, table: Table) -> Change | None:
        name, feed = table.period.name, table.feed
        seen = self.seen.setdefault(name, 0)
        if missed := feed.dropped(seen):
            self.seen[name] = seen + missed
            return Change(None, 0, name, dict(self.seen), missed)
        for number in range(seen, feed.last):
            self.seen[name] = number + 1
            if event := feed.after(number):
                entry, previous_rank, erased = event
                here = dict(self.seen)
                return Change(entry, previous_rank, name, here, erased=erased)
        return None


def resumed(
    spec: BoardSpec, after: Position, now: Period, ends: Mapping[str, int]
) -> Follower:
    """Return a follower that goes on after *after*.

    Args:
        spec: Of the board.
        after: What was seen. A period that it does not name is told from its
            beginning when it is later than those that are named, else from here.
        now: The period that is now.
        ends: The last change of each period that still takes scores.

    Raises:
        BadValue: *after* names a feed that this board cannot have.
    """
    try:
        named = [period_named(spec, name) for name in after]
    except BadValue as error:
        raise BadValue("resume_token", error.value, error.allowed) from None
    since_ms = min(max(period.start_ms for period in named), now.start_ms)
    earlier = {
        name: last
        for name, last in ends.items()
        if period_named(spec, name).start_ms < since_ms
    }
    seen = {name: max(0, number) for name, number in after.items()}
    return Follower(earlier | seen, since_ms)
