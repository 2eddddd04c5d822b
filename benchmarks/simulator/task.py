"""A task: a queue, workers, and what may be wrong with it."""

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.simulator.call import Attempt, Failure
from benchmarks.simulator.events import Events
from fleet.endpoint import Endpoint

RTT_S = 0.0005
"""To a task and back, in one zone."""


class State(enum.Enum):
    """What becomes of a call that arrives."""

    UP = "it is served"
    LOST = "the connection is refused"
    FAILING = "it fails at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a task serves; all tasks of a scenario do it alike."""

    workers: int = 1
    """Calls that it serves at a time; the others queue, first come first served."""
    accepts: int = 1000
    """Calls that it takes, running and queued, before it refuses; the server's own
    default."""
    cancels: bool = True
    """A call that its caller gave up leaves the queue, or its worker, at once, as
    asyncio cancels a handler that waits. Else it is served in vain: a handler that
    computes does not notice."""
    max_lag_s: float = 0.0
    """Calls are refused while the first in the queue has waited longer, which is what
    the product's server comes to; 0: never."""


class Task:
    """One running copy of the service."""

    def __init__(
        self, events: Events, number: int, endpoint: Endpoint, terms: Terms
    ) -> None:
        self.number = number
        """From 0, in the order in which tasks start."""
        self.endpoint = endpoint
        self.state = State.UP
        self.slowness = 1.0
        """How many times longer than usual a call takes."""
        self.cold_calls = 0
        """As many of the next calls take `cold_factor` times longer."""
        self.cold_factor = 1.0
        self.paused_until = 0.0
        self.watchers: list[Watcher] = []
        """Told when the task is lost, or back."""
        self._events = events
        self._terms = terms
        self._idle = terms.workers
        self._queue: deque[Attempt] = deque()
        self._waiting = 0
        self._running: dict[Attempt, None] = {}

    def take(self, attempt: Attempt) -> None:
        """Take a call that has arrived."""
        if self.state is State.LOST:
            self._refuse(attempt, Failure.UNSENT)
        elif self.state is State.FAILING:
            self._refuse(attempt, Failure.BROKEN)
        elif self._is_full():
            self._refuse(attempt, Failure.OVERLOADED)
        elif self._idle:
            self._begin(attempt)
        else:
            self._queue.append(attempt)
            attempt.queued = True
            self._waiting += 1

    def drop(self, attempt: Attempt) -> None:
        """Forget a call that nobody waits for any more."""
        if not self._terms.cancels:
            return
        if attempt in self._running:
            del self._running[attempt]
            self._next()
        elif attempt.queued:
            attempt.queued = False
            self._waiting -= 1

    def lose(self) -> None:
        """Break every connection: all calls fail, the new ones too."""
        there = [*self._running, *(one for one in self._queue if one.queued)]
        self._idle += len(self._running)
        self.state, self._waiting = State.LOST, 0
        self._running.clear()
        self._queue.clear()
        for attempt in there:
            attempt.queued = False
            self._refuse(attempt, Failure.BROKEN)
        self._tell()

    def back(self) -> None:
        """Listen again."""
        self.state = State.UP
        self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher(self)

    def _refuse(self, attempt: Attempt, failure: Failure) -> None:
        client = attempt.client
        self._events.at(self._events.now + RTT_S, client.failed, attempt, failure)

    def _begin(self, attempt: Attempt) -> None:
        self._idle -= 1
        self._running[attempt] = None
        work_s = attempt.call.work_s * self.slowness
        if self.cold_calls:
            self.cold_calls -= 1
            work_s *= self.cold_factor
        begins = max(self._events.now, self.paused_until)
        self._events.at(begins + work_s, self._end, attempt)

    def _end(self, attempt: Attempt) -> None:
        if attempt not in self._running:
            return
        if self._events.now < self.paused_until:
            self._events.at(self.paused_until, self._end, attempt)
            return
        del self._running[attempt]
        self._next()
        if not attempt.gone:
            attempt.client.answered(attempt)

    def _is_full(self) -> bool:
        if self._waiting + len(self._running) >= self._terms.accepts:
            return True
        return 0 < self._terms.max_lag_s < self._wait_s()

    def _wait_s(self) -> float:
        """Return how long the first in the queue has waited."""
        while self._queue and not self._queue[0].queued:
            self._queue.popleft()
        return self._events.now - self._queue[0].began if self._queue else 0.0

    def _next(self) -> None:
        """Give the free worker the next call that somebody waits for."""
        self._idle += 1
        while self._queue:
            attempt = self._queue.popleft()
            if attempt.queued:
                attempt.queued = False
                self._waiting -= 1
                self._begin(attempt)
                return


Watcher = Callable[[Task], None]
