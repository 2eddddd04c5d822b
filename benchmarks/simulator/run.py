"""One run: a scenario, played to one strategy."""

import random

from benchmarks.simulator.arrivals import Arrivals
from benchmarks.simulator.client import Client
from benchmarks.simulator.events import Events
from benchmarks.simulator.journal import Journal
from benchmarks.simulator.outcome import Outcome, outcome
from benchmarks.simulator.retries import Retries
from benchmarks.simulator.scenario import Scenario
from benchmarks.simulator.strategy import Strategy
from benchmarks.simulator.task import Task
from benchmarks.simulator.view import Seat, View
from fleet.endpoint import Endpoint


class Run:
    """The tasks and the clients of one run; see `faults.Stage`."""

    def __init__(self, scenario: Scenario, strategy: Strategy) -> None:
        self.events = Events()
        self.tasks: list[Task] = []
        self.journal = Journal(scenario.marked, scenario.marked_between)
        self._scenario = scenario
        self._strategy = strategy
        self._views: list[View] = []
        self._started = 0
        zones = scenario.zones or (None,)
        for number in range(scenario.tasks):
            self.start(zones[number % len(zones)])
        for number in range(scenario.clients):
            self._join(number, zones[number % len(zones)])
        for fault in scenario.faults:
            fault.arrange(self)

    def play(self) -> Outcome:
        """Let it happen; calls that begin in time may end after it."""
        scenario = self._scenario
        self.events.run(scenario.duration_s + scenario.timeout_s)
        ejections = sum(view.ejections for view in self._views)
        return outcome(scenario, self._strategy.name, self.journal, ejections)

    def start(self, zone: str | None) -> Task:
        """Start one more task and list it."""
        number = self._started
        self._started += 1
        task = Task(
            self.events,
            number,
            Endpoint(f"10.0.{number // 250}.{number % 250 + 1}", 5000, zone),
            self._scenario.terms,
        )
        self.tasks = [*self.tasks, task]
        task.watchers += [view.lost_or_back for view in self._views]
        self._tell()
        return task

    def stop(self, task: Task) -> None:
        """List *task* no more; what it has in hand it still answers."""
        self.tasks = [one for one in self.tasks if one is not task]
        self._tell()

    def _tell(self) -> None:
        for view in self._views:
            view.listed(self.tasks)

    def _join(self, number: int, zone: str | None) -> None:
        """Add a client, with seeds that are the same for every strategy."""
        scenario = self._scenario
        rng = random.Random(f"{scenario.seed} choice {number}")
        seat = Seat(f"client {number}", zone)
        view = View(self.events, self._strategy, seat, rng)
        view.listed(self.tasks)
        for task in self.tasks:
            task.watchers.append(view.lost_or_back)
        self._views.append(view)
        calls = random.Random(f"{scenario.seed} calls {number}")
        retries = Retries(rng, self.events.clock)
        client = Client(self.events, view, retries, self.journal)
        Arrivals(self.events, scenario, client.call, calls).begin()


def simulate(scenario: Scenario, strategy: Strategy) -> Outcome:
    """Play *scenario* to *strategy*; the same two give the same outcome."""
    return Run(scenario, strategy).play()
