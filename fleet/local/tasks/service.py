"""One service: keeps as many tasks as it should have."""

import asyncio
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from fleet.endpoint import Endpoint
from fleet.local.plan import ServicePlan
from fleet.local.tasks.addresses import lowest_free
from fleet.local.tasks.backoff import Backoff
from fleet.local.tasks.environment import environment
from fleet.local.tasks.ground import Ground
from fleet.local.tasks.metrics import metrics_listen
from fleet.local.tasks.obituary import LAST_WORDS, obituary
from fleet.local.tasks.process import Launch
from fleet.local.tasks.reconcile import Goal, next_steps
from fleet.local.tasks.task import State, Task


@dataclass(slots=True, eq=False)
class Service:
    """A service, its goal, and its living tasks in the order of their start."""

    plan: ServicePlan
    ground: Ground
    goal: Goal
    tasks: list[Task] = field(default_factory=list)
    backoff: Backoff = field(default_factory=Backoff)
    last_death: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lives: set[asyncio.Task[None]] = field(default_factory=set)

    async def keep(self) -> None:
        """Work for the goal until cancelled."""
        while True:
            beat = self.ground.pulse.next
            steps = next_steps(self.goal, self.tasks)
            for task in steps.drain:
                task.drain("no longer wanted")
            for _ in range(steps.start if self.backoff.ready else 0):
                self._start()
            await beat.wait()

    async def leave(self) -> None:
        """Drain every task, all in parallel; return when they are gone."""
        for task in list(self.tasks):
            task.drain("the fleet stops")
        if self._lives:
            await asyncio.wait(self._lives)

    @property
    def healthy(self) -> int:
        """How many tasks are healthy."""
        return sum(task.state is State.HEALTHY for task in self.tasks)

    @property
    def settled(self) -> bool:
        """Whether the goal is reached, and those that had to leave are gone."""
        generation = self.goal.generation
        current = sum(t.generation == generation for t in self.tasks)
        return self.healthy == current == len(self.tasks) == self.goal.desired

    def scale(self, desired: int) -> None:
        """Aim for *desired* tasks."""
        self.goal = replace(self.goal, desired=desired)
        self.ground.pulse.beat()

    def wind_down(self) -> None:
        """Aim for no tasks, also in the middle of a deploy."""
        self.goal = replace(self.goal, desired=0, rolling=False)
        self.ground.pulse.beat()

    def restart(self, *, rolling: bool) -> None:
        """Replace every task that runs now by a new one."""
        generation = self.goal.generation + 1
        self.goal = replace(self.goal, generation=generation, rolling=rolling)
        self.ground.pulse.beat()

    def _start(self) -> None:
        page = functools.partial(metrics_listen, self.plan)
        places = self.ground.places(self.plan.port)
        endpoint = lowest_free(places, self.ground.taken, page)
        if endpoint is None:
            self._mourn(f"no address is free for {self.plan.name}", 0.0)
            return
        try:
            launch = self._launch(endpoint)
        except OSError as error:
            self._mourn(f"{self.plan.name} gets no certificate: {error}", 0.0)
            return
        self._begin(self._task(endpoint), launch)

    def _begin(self, task: Task, launch: Launch) -> None:
        self.tasks.append(task)
        probe = self.ground.probes[self.plan.probe]
        life = asyncio.create_task(task.live(launch, probe))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    def _task(self, endpoint: Endpoint) -> Task:
        return Task(
            id=f"{self.plan.name}-{next(self._numbers)}",
            endpoint=endpoint,
            generation=self.goal.generation,
            world=self,
            options=self.ground.life,
        )

    def _launch(self, endpoint: Endpoint) -> Launch:
        return Launch(
            command=self.plan.command,
            env=environment(self.plan, self.ground, endpoint),
            folder=self.plan.folder,
            leash=self.ground.leash,
        )

    # What a task's life changes in the world around it:

    def register(self, task: Task) -> None:
        """Let *task* be found."""
        self.ground.registry.register(self.plan.name, task.endpoint)

    def deregister(self, task: Task) -> None:
        """Let *task* be found no more."""
        self.ground.registry.deregister(self.plan.name, task.endpoint)

    def printed(self, task: Task, lines: list[str]) -> None:
        """Keep what *task* printed."""
        self.ground.journal.write(task.id, lines)

    def changed(self, task: Task) -> None:
        """Take note of a task's new state."""
        if task.state is State.STOPPED:
            self.tasks.remove(task)
            self._bury(task)
        self.ground.pulse.beat()

    def _bury(self, task: Task) -> None:
        journal = self.ground.journal
        kept = journal.tail(task.id, LAST_WORDS) if journal.knows(task.id) else []
        text = obituary(task, [line.text for line in kept])
        if task.wanted:
            self._mourn(text, task.age_s)
        else:
            journal.say(text)
        journal.stopped(task.id)

    def _mourn(self, text: str, lived_s: float) -> None:
        """Tell of a death, and let the replacement wait a little."""
        delay_s = self.backoff.died(lived_s)
        self.last_death = text
        self.ground.journal.say(
            f"{text}\n{self.plan.name}: next start in {delay_s:.1f} s"
        )
        # A millisecond late rather than early: one beat must be enough.
        asyncio.get_running_loop().call_later(delay_s + 1e-3, self.ground.pulse.beat)
