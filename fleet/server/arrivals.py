"""How long calls wait in the engine, which tells only how many there were."""

import asyncio
import functools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fleet.server.method import Behaviour, Context, Reply, Request


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an engine has counted since its start."""

    came: int
    """Calls that have come in, of every method."""
    open: int
    """Of those, the calls that have not ended."""


class Worker(Protocol):
    """Who is at work on one call: an asyncio task."""

    def cancelling(self) -> int:
        """Return how often it was told to leave."""


class Arrivals:
    """Compares the calls that came with those that were begun.

    grpc.aio takes one call from its core for several turns of the event loop. With
    methods that keep the loop busy calls pile up *there*: a timer sees a loop that is
    5 ms late, while each call has waited for a second. So a timer notes how many have
    come, and a call that is begun finds in those notes when it came.

    Args:
        worker: Who is at work now; tests have some without a loop.

    Attributes:
        begun: Calls that were given to a method so far; the engine counts them.
    """

    __slots__ = ("_at_work", "_came", "_gone", "_worker", "begun")

    def __init__(
        self,
        worker: Callable[[], Worker] = asyncio.current_task,  # type: ignore[assignment]  # a method runs in a task
    ) -> None:
        self.begun = 0
        self._worker = worker
        self._at_work: set[Worker] = set()
        self._gone = 0
        self._came: deque[tuple[int, float]] = deque()

    def count(self, behaviour: Behaviour) -> Behaviour:
        """Count the calls that *behaviour* is at work on; for every method there is."""

        @functools.wraps(behaviour)
        async def counted(request: Request, context: Context) -> Reply:
            worker = self._worker()
            self._at_work.add(worker)
            try:
                return await behaviour(request, context)
            finally:
                self._at_work.discard(worker)

        return counted

    def look(self, traffic: Traffic, now: float) -> None:
        """Note the *traffic* of *now*, in seconds; the more often, the finer."""
        # A call may end unseen: its caller left while it waited. Those that wait are
        # at most the open ones that no method is at work on, so the rest is gone.
        # A method that was told to leave may go on for long; its call is not open.
        # Those that have yet to hear that their caller left make that too many; what
        # is no more than never begun corrects it when nobody waits.
        unseen = traffic.came - self.begun
        at_work = sum(not worker.cancelling() for worker in self._at_work)
        gone = unseen - (traffic.open - at_work)
        self._gone = min(max(self._gone, gone), unseen)
        if traffic.came > (self._came[-1][0] if self._came else 0):
            self._came.append((traffic.came, now))

    def wait_s(self, now: float) -> float:
        """Return how long the call that was begun last has waited, at least."""
        came, place = self._came, self.begun + self._gone
        while came and came[0][0] <= place:
            came.popleft()
        return now - came[0][1] if came else 0.0
