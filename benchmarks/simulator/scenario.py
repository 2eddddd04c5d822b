"""What happens to a fleet: its size, its load and its bad luck."""

from dataclasses import dataclass, field
from typing import Literal

from benchmarks.simulator.faults import Fault
from benchmarks.simulator.methods import Method
from benchmarks.simulator.task import Terms

Plot = Literal["p99", "failed", "goodput", "far"]
"""What its picture shows; see `outcome.Point`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question to the policies."""

    name: str
    title: str
    tasks: int = 10
    methods: tuple[Method, ...] = (Method(),)
    terms: Terms = field(default_factory=Terms)
    load: float = 0.7
    """Offered calls, as a share of what all tasks can serve at full speed."""
    clients: int = 1
    """Each makes its part of the calls and sees no other; arrivals are Poisson."""
    zones: tuple[str, ...] = ()
    """Tasks and clients are dealt over them in turn."""
    keys: int = 0
    """Each call has one of so many; 0: none has a key."""
    timeout_s: float = 2.0
    safe_share: float = 1.0
    """Of the calls, those that may be made twice."""
    duration_s: float = 30.0
    faults: tuple[Fault, ...] = ()
    marked: tuple[int, ...] = ()
    """Tasks of which the share of attempts is told, by number."""
    marked_between: tuple[float, float] = (0.0, 0.0)
    trouble: tuple[float, float] | None = None
    """From when to when a plot is shaded, in seconds."""
    plot: Plot = "p99"
    also: tuple[str, ...] = ()
    """Strategies in its table besides those that are in all."""
    seed: int = 1

    @property
    def capacity_per_s(self) -> float:
        """Calls that all tasks together can serve."""
        mean_s = sum(method.share * method.mean_s for method in self.methods)
        return self.tasks * self.terms.workers / mean_s
