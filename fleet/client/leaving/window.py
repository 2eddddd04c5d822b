"""What became of a peer's calls in the last seconds, in a few slots of time."""

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT = 8
"""Durations kept of each slot, the newest. A hiccup that hits every call of a moment
then has one slot at most, and the median of all slots does not see it."""


class Slot(NamedTuple):
    """What was counted between two looks."""

    answered: int
    failed: int
    slowness: "array[float]"


@dataclass(slots=True, eq=False)
class Window:
    """Counts of one peer.

    Those of the slot under way are plain fields, as every call adds to them; `close`
    puts them behind those of the slots before.
    """

    answered: int = 0
    """Calls of this slot that ended, well or badly."""
    failed: int = 0
    """Of these, those whose failure blames the task."""
    timed: int = 0
    """Durations of this slot."""
    used: bool = False
    """Whether the slots before hold anything."""
    peak: float = 0.0
    """The largest relative latency kept of the newest slot that has any."""
    _newest: "array[float]" = field(default_factory=lambda: array("d", bytes(8 * KEPT)))
    _past: list[Slot] = field(default_factory=list)

    def took(self, slowness: float) -> None:
        """Keep a relative latency."""
        timed = self.timed
        self._newest[timed % KEPT] = slowness
        self.timed = timed + 1

    def totals(self) -> tuple[int, int]:
        """Return calls that ended, and of these those that failed, of all slots."""
        answered, failed = self.answered, self.failed
        for slot in self._past:
            answered += slot.answered
            failed += slot.failed
        return answered, failed

    def slowness(self) -> list[float]:
        """Return the relative latencies kept of all slots, the smallest first."""
        kept = list(self._newest[: self.timed])
        for slot in self._past:
            kept.extend(slot.slowness)
        kept.sort()
        return kept

    def close(self, slots: int) -> None:
        """Begin another slot; what is *slots* ago is forgotten."""
        kept = self._newest[: self.timed]
        if kept:
            self.peak = max(kept)
        self._past.append(Slot(self.answered, self.failed, kept))
        if len(self._past) >= slots:
            del self._past[0]
        self.used = any(slot.answered or slot.slowness for slot in self._past)
        self.answered = self.failed = self.timed = 0

    def clear(self) -> None:
        """Forget everything."""
        self._past.clear()
        self.answered = self.failed = self.timed = 0
        self.used = False
        self.peak = 0.0
