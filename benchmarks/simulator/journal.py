"""What became of the calls, written down while they happen."""

from collections.abc import Collection
from dataclasses import dataclass, field

from benchmarks.simulator.peer import Peer

Window = tuple[float, float]


@dataclass(slots=True)
class Journal:
    """Of one run, over all clients."""

    marked: Collection[int]
    """The tasks whose share of the attempts is of interest, by number."""
    window: Window
    """And when, in seconds."""
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each answered call began, and how long it took."""
    failed: list[float] = field(default_factory=list)
    """When each failed call began."""
    seen: int = 0
    """Attempts in the window."""
    bad: int = 0
    """Of these, on a marked task."""
    far: list[tuple[float, bool]] = field(default_factory=list)
    """When each attempt began, and whether it left its client's zone."""
    hedges: int = 0
    retries: int = 0

    def attempt(self, peer: Peer, now: float, *, far: bool) -> None:
        """Count an attempt."""
        self.far.append((now, far))
        if self.window[0] <= now < self.window[1]:
            self.seen += 1
            self.bad += peer.task.number in self.marked
