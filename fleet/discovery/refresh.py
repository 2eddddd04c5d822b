"""The only refresh loop there is."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from fleet.discovery.clock import Clock
from fleet.discovery.known import Watch
from fleet.discovery.lookup import Answer, Lookup
from fleet.discovery.pace import Pace
from fleet.errors import ResolveFailed

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Refresh:
    """Asks, notes the outcome, waits; for `watch`, which owns its task."""

    known: Watch
    asked: asyncio.Event
    """Set by whoever wants the next question sooner."""
    lookup: Lookup
    on_news: Callable[[Watch], None]
    pace: Pace
    clock: Clock
    rng: random.Random
    _failures: int = 0
    """In a row."""
    _empty_since: float | None = None
    """When the set that is kept was first answered with nothing."""

    async def run(self) -> None:
        """Ask until cancelled; nothing else ends it."""
        while True:
            asked_at = self.clock.now()
            self.asked.clear()  # whoever asks from here on wants a newer answer
            before = self._facts()
            wait_s = await self._ask()
            if self._facts() != before:
                self._tell()
            if await self._interrupted(wait_s):
                self._failures = 0
                since_s = self.clock.now() - asked_at
                await self.clock.sleep(max(0.0, self.pace.urgent_s - since_s))

    async def _ask(self) -> float:
        """Ask once and return the seconds until the next time."""
        try:
            answer = await self.lookup()
        except ResolveFailed as error:
            return self._failed(error)
        except (Exception, asyncio.CancelledError) as error:
            if _we_are_cancelled():
                raise
            log.exception("bug in lookup, keeping %d endpoints", self._count())
            return self._failed(ResolveFailed("the target", f"bug: {error!r}"))
        return self._answered(answer)

    def _failed(self, error: ResolveFailed) -> float:
        if str(error) != str(self.known.error):  # once, not every ten seconds
            log.warning("keeping %d endpoints: %s", self._count(), error)
        self._failures += 1
        self.known.error = error
        return self.pace.after_failure(self._failures, self.rng)

    def _answered(self, answer: Answer) -> float:
        self._failures = 0
        self.known.answered = True
        self.known.error = None
        doubt_s = self._doubt_s(answer)
        if doubt_s > 0:
            return doubt_s
        self.known.endpoints = answer.endpoints
        if not answer.endpoints:
            return self.pace.empty_s
        return self.pace.after_answer(answer.ttl_s)

    def _doubt_s(self, answer: Answer) -> float:
        """Return the seconds until *answer* can be believed; 0: it can be now."""
        if answer.endpoints or not self.known.endpoints:
            self._empty_since = None
            return 0.0
        now = self.clock.now()
        if self._empty_since is None:
            self._empty_since = now
        return max(0.0, self._empty_since + self.pace.empty_s - now)

    def _tell(self) -> None:
        try:
            self.on_news(self.known)
        except Exception:
            log.exception("bug in on_news")

    async def _interrupted(self, wait_s: float) -> bool:
        """Wait for *wait_s*, or until somebody asks; tell whether one did."""
        asked = asyncio.create_task(self.asked.wait())
        slept = asyncio.ensure_future(self.clock.sleep(wait_s))
        try:
            await asyncio.wait([asked, slept], return_when=asyncio.FIRST_COMPLETED)
            return asked.done()
        finally:
            asked.cancel()
            slept.cancel()
            await asyncio.wait([asked, slept])

    def _facts(self) -> tuple[object, ...]:
        return self.known.endpoints, self.known.answered, str(self.known.error)

    def _count(self) -> int:
        return len(self.known.endpoints)


def _we_are_cancelled() -> bool:
    """Tell whether the block is ending, or only a task inside the lookup was."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
