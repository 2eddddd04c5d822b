"""What goes wrong with tasks; each says when, in seconds from the beginning."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from benchmarks.simulator.events import Events
from benchmarks.simulator.task import State, Task


class Stage(Protocol):
    """What a fault may lay hands on."""

    events: Events
    tasks: list[Task]
    """Those that discovery lists now, in the order of their numbers."""

    def start(self, zone: str | None) -> Task:
        """Start one more task and list it."""
        ...

    def stop(self, task: Task) -> None:
        """List *task* no more; what it has in hand it still answers."""
        ...


class Fault(Protocol):
    """Something that happens to tasks."""

    def arrange(self, stage: Stage) -> None:
        """Put on the agenda what will happen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A task takes *factor* times as long for a while."""

    task: int
    factor: float
    at_s: float
    until_s: float

    def arrange(self, stage: Stage) -> None:
        """Slow down, and recover."""
        task = stage.tasks[self.task]
        stage.events.at(self.at_s, setattr, task, "slowness", self.factor)
        stage.events.at(self.until_s, setattr, task, "slowness", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """A task joins whose first calls take longer: empty caches, no connections."""

    at_s: float
    calls: int
    factor: float

    def arrange(self, stage: Stage) -> None:
        """Join."""
        stage.events.at(self.at_s, self._join, stage)

    def _join(self, stage: Stage) -> None:
        _chill(stage.start(None), self.calls, self.factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """Every task is replaced within *within_s*, and every new one is cold."""

    at_s: float
    within_s: float
    calls: int
    factor: float

    def arrange(self, stage: Stage) -> None:
        """Replace one task after the other."""
        step_s = self.within_s / len(stage.tasks)
        for turn, task in enumerate(stage.tasks):
            stage.events.at(self.at_s + turn * step_s, self._replace, stage, task)

    def _replace(self, stage: Stage, task: Task) -> None:
        new = stage.start(task.endpoint.zone)
        _chill(new, self.calls, self.factor)
        stage.stop(task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Every task of a zone breaks its connections and refuses new ones."""

    zone: str
    at_s: float
    until_s: float

    def arrange(self, stage: Stage) -> None:
        """Lose the zone, and bring it back."""
        for task in stage.tasks:
            if task.endpoint.zone == self.zone:
                stage.events.at(self.at_s, task.lose)
                stage.events.at(self.until_s, task.back)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailFast:
    """A task answers every call at once with UNAVAILABLE: it looks idle."""

    task: int
    at_s: float
    until_s: float

    def arrange(self, stage: Stage) -> None:
        """Fail, and recover."""
        task = stage.tasks[self.task]
        stage.events.at(self.at_s, setattr, task, "state", State.FAILING)
        stage.events.at(self.until_s, setattr, task, "state", State.UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiccup:
    """A task stands still for a moment, again and again."""

    task: int
    every_s: float
    for_s: float

    def arrange(self, stage: Stage) -> None:
        """Stand still."""
        stage.events.every(self.every_s, partial(self._pause, stage))

    def _pause(self, stage: Stage) -> None:
        stage.tasks[self.task].paused_until = stage.events.now + self.for_s


def _chill(task: Task, calls: int, factor: float) -> None:
    task.cold_calls, task.cold_factor = calls, factor
