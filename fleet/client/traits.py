"""What is learnt of one method over all its calls."""

from dataclasses import dataclass, field

from fleet.client.choosing.speed import Typical
from fleet.client.overload.hedge import HedgeConfig, Percentile

MOST_METHODS = 1000
"""Kept apart; what comes after shares one entry. A proxy may call any name."""

GROWTH = 1.003
"""Of what is usual, four times a second: it doubles in a minute."""

MUCH_SLOWER = 2.0
"""Times what is usual: calls that end well take so long in an overload."""
MANY_LATE = 10
"""Or none ends well any more."""


@dataclass(slots=True)
class Traits:
    """Of one method, shared by all callables that a channel has for it."""

    typical: Typical = field(default_factory=Typical)
    percentile: Percentile | None = None
    """None: nobody hedges."""
    usual_s: float = 0.0
    """What was typical before it became slower: in an overload that lasts, being slow
    becomes typical."""

    late_in_a_row: int = 0
    """Deadlines that passed since a call ended well."""

    @property
    def slower(self) -> bool:
        """Whether calls take longer than usual, and not only those that gave up.

        Callers who poll with short deadlines beside quick calls tell of no overload.
        """
        if self.late_in_a_row >= MANY_LATE:
            return True
        return self.typical.took_s >= MUCH_SLOWER * self.usual_s

    def tend(self) -> None:
        """Let what is usual follow what is typical: down at once, up slowly."""
        typical_s = self.typical.took_s
        self.usual_s = min(typical_s, self.usual_s * GROWTH or typical_s)


class AllTraits:
    """Of the methods of one channel."""

    def __init__(self, hedge: HedgeConfig | None) -> None:
        self._hedge = hedge
        self._known: dict[str, Traits] = {}

    def of(self, path: str, now: float) -> Traits:
        """Return those of the method *path*."""
        if path not in self._known and len(self._known) >= MOST_METHODS:
            path = ""
        if path not in self._known:
            percentile = Percentile(self._hedge, now) if self._hedge else None
            self._known[path] = Traits(percentile=percentile)
        return self._known[path]

    def tend(self) -> None:
        """Let time pass; called four times a second."""
        for traits in self._known.values():
            traits.tend()
