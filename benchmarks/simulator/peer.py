"""A task as one client sees it: what the product's `Chooser` asks of a peer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleet.client.choosing.speed import Speed
from fleet.client.leaving.ejection import Record
from fleet.client.leaving.standing import Standing
from fleet.client.overload.limit import Limit
from fleet.endpoint import Endpoint

if TYPE_CHECKING:
    from benchmarks.simulator.task import Task


@dataclass(slots=True, eq=False)
class Peer:
    """One client's view of a task."""

    task: "Task"
    endpoint: Endpoint
    speed: Speed
    record: Record
    limit: Limit | None
    ready_since: float
    ready: bool = True
    in_flight: int = 0
    streams: int = 0
    """None: every call here has one answer."""
    trials: int = 0
    """Of those in flight, begun on trial."""
    calls: int = 0
    weight: float = 1.0
    standing: Standing = Standing.IN
    """What ejection says."""

    def begin(self, *, trial: bool) -> None:
        """Count an attempt."""
        self.calls += 1
        self.in_flight += 1
        self.trials += trial
        self.record.in_flight += 1

    def end(self, *, trial: bool) -> None:
        """Count it as ended."""
        self.in_flight -= 1
        self.trials -= trial
        self.record.in_flight -= 1
