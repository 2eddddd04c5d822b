"""Virtual time: what happens next, and when; no clock of the machine is asked."""

import heapq
from collections.abc import Callable
from typing import Any


class Events:
    """A heap of what is still to happen; what is due together happens in order."""

    __slots__ = ("_heap", "_made", "now")

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds since the beginning."""
        self._heap: list[tuple[float, int, Callable[..., None], Any]] = []
        self._made = 0

    def clock(self) -> float:
        """Return the time, as policies ask for it."""
        return self.now

    def at(self, when: float, happen: Callable[..., None], *what: object) -> None:
        """Have *happen* called with *what* at *when*."""
        self._made += 1
        heapq.heappush(self._heap, (when, self._made, happen, what))

    def every(self, pause_s: float, happen: Callable[[], None]) -> None:
        """Have *happen* called every *pause_s*."""

        def again() -> None:
            happen()
            self.at(self.now + pause_s, again)

        self.at(self.now + pause_s, again)

    def run(self, until: float) -> None:
        """Let everything happen that is due by *until*."""
        heap, pop = self._heap, heapq.heappop
        while heap and heap[0][0] <= until:
            self.now, _, happen, what = pop(heap)
            happen(*what)
        self.now = until
