"""Ejection with the default policy, in virtual time: the slow one, and nobody else.

The policy learns from the first slow call and then gives the task hardly another one;
ejection has to find it all the same. Durations are exponential, which is noisier than
most services: one call in twenty takes over four times the median.
"""

import heapq
import itertools
import random
from dataclasses import dataclass, field

import pytest

from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.speed import Speed, Typical
from fleet.client.leaving.ejection import Ejection, EjectionConfig, Record
from fleet.client.leaving.standing import Standing

BEFORE_S = 10.0


@dataclass(eq=False)
class Task:
    """A peer as the policy sees it, and how fast it really is."""

    record: Record
    speed: Speed = field(default_factory=lambda: Speed(10.0))
    in_flight: int = 0
    times: float = 1.0
    """How much slower than the others it is."""
    paused_until: float = 0.0


class World:
    """Tasks that answer calls of 5 ms, and one client with the default policy."""

    def __init__(self, tasks: int, calls_per_s: float, seed: int) -> None:
        self.now = 0.0
        self.rng = random.Random(seed)
        self.tasks = [Task(Record(f"task-{number}")) for number in range(tasks)]
        self.records = [task.record for task in self.tasks]
        self.ejection = Ejection(EjectionConfig(), lambda: None)
        self.pause_s = 0.0
        """How long a task stops, about once in two seconds, with all its calls."""
        self._policy = PeakEwma(rng=self.rng, clock=lambda: self.now)
        self._typical = Typical()
        self._calls_per_s = calls_per_s
        self._ends: list[tuple[float, int, Task, float]] = []
        self._number = itertools.count()
        self._next_call = self._next_sweep = 0.0

    def run(self, until: float) -> None:
        while (at := self._soonest()) <= until:
            self.now = at
            if self._ends and self._ends[0][0] == at:
                self._end(*heapq.heappop(self._ends)[2:])
            elif at == self._next_call:
                self._next_call = at + self.rng.expovariate(self._calls_per_s)
                self._begin(self._chosen())
            else:
                self._next_sweep = at + 0.25
                self.ejection.sweep(self.records, at)
                self._maybe_pause()

    def _soonest(self) -> float:
        first = self._ends[0][0] if self._ends else self._next_call
        return min(first, self._next_call, self._next_sweep)

    def _chosen(self) -> Task:
        for task in self.tasks:
            if task.record.standing is Standing.TRIAL and not task.in_flight:
                return task
        return self._policy.pick(
            [task for task in self.tasks if task.record.standing is Standing.IN]
        )

    def _begin(self, task: Task) -> None:
        took = self.rng.expovariate(1 / 0.005) * task.times
        end = max(self.now + took, task.paused_until)
        task.in_flight += 1
        task.record.in_flight += 1
        heapq.heappush(self._ends, (end, next(self._number), task, self.now))

    def _end(self, task: Task, began: float) -> None:
        task.in_flight -= 1
        task.record.in_flight -= 1
        relative = self._typical.relative(self.now - began)
        task.speed.observe(relative, self.now)
        self.ejection.succeeded(task.record, relative, self.now)

    def _maybe_pause(self) -> None:
        if self.pause_s and self.rng.random() < len(self.tasks) / 8:
            self.rng.choice(self.tasks).paused_until = self.now + self.pause_s


def ejections(world: World) -> int:
    return sum(record.ejections for record in world.records)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("tasks", "calls_per_s"), [(2, 100), (3, 100), (10, 500)])
def test_who_becomes_eight_times_slower_is_out_within_three_seconds(
    tasks: int, calls_per_s: float, seed: int
) -> None:
    world = World(tasks, calls_per_s, seed)
    slow = world.tasks[0]
    world.run(BEFORE_S)
    assert ejections(world) == 0
    slow.times = 8.0
    world.run(BEFORE_S + 3.0)
    assert slow.record.ejections == ejections(world) == 1
    slow.times = 1.0
    # Its time out, and a moment for the trial.
    world.run(BEFORE_S + 3.0 + 5.0 + 1.0)
    assert slow.record.standing is Standing.IN


@pytest.mark.parametrize(("tasks", "calls_per_s"), [(2, 10), (2, 60), (3, 150)])
@pytest.mark.parametrize("pause_s", [0.0, 0.05])
def test_noise_and_pauses_eject_nobody(
    tasks: int, calls_per_s: float, pause_s: float
) -> None:
    world = World(tasks, calls_per_s, seed=1)
    world.pause_s = pause_s
    world.run(6000 / calls_per_s)
    assert ejections(world) == 0
