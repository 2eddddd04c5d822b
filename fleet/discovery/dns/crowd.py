"""All records of a name that shows only eight at a time."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from fleet.discovery.clock import Clock
from fleet.discovery.dns.records import Found
from fleet.errors import ResolveFailed

T = TypeVar("T")

FULL = 8
"""What Cloud Map shows of any larger number, eight at random (Route 53,
multivalue answers). Fewer are all there are; more come from a nameserver that
has no such limit, so they are all there are too."""
_SIGHTINGS = 3
_MOST_QUESTIONS = 63
_MOST_AT_ONCE = 8
_PATIENCE_S = 1.0
_KEEP_S = 30.0
_KEEP_TTLS = 12
_KEEP_AT_MOST_S = 300.0


class Crowd(Generic[T]):
    """Asks until it has met everybody, and remembers whom it met.

    A full answer is followed by 2, 4, 8, 8 ... further questions at once, until
    everything seen was seen three times, or 63 were asked, or a second is over.
    One of N records stays unseen in k answers with a chance of (1 - 8/N)^k. By
    simulation the rule asks 3 times for 8 records, 7 for 9, 15 to 23 for 20 and
    31 to 47 for 40, and in 1 % of such lookups one record is missed. 63 questions
    are enough for 60 records (2 %); at 100 one is missed in 4 lookups of 10, and
    the memory makes up for it.

    A nameserver that caches shows the same eight for a whole TTL, so asking
    again gains nothing. Therefore what was seen is kept for 30 s, or for 12 of
    the TTLs if that is longer (5 minutes at most): of 20 records each is then
    missing with a chance of 0.6^12, 0.2 %. The price is that a record that is
    gone stays that long, while eight or more are left; connections and health
    tell sooner.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen_at: dict[T, float] = {}
        self._longest_ttl_s = 0.0

    async def meet(self, ask: Callable[[], Awaitable[Found[T]]]) -> Found[T]:
        """Return everything that is there, as far as asking can tell.

        Raises:
            ResolveFailed: The first question was not answered; a later one
                that fails only ends the asking.
        """
        answers = [await ask()]
        # Time may run out in the middle of a round; what came before it counts.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await _ask_until_stable(ask, answers)
        if len(answers[-1].records) != FULL:
            self._seen_at.clear()
            self._longest_ttl_s = 0.0
            return answers[-1]
        return self._remember(answers)

    def _remember(self, answers: list[Found[T]]) -> Found[T]:
        now = self._clock.now()
        ttls = [answer.ttl_s for answer in answers]
        self._longest_ttl_s = max(self._longest_ttl_s, *ttls)
        for answer in answers:
            self._seen_at |= dict.fromkeys(answer.records, now)
        keep_s = max(_KEEP_S, min(_KEEP_TTLS * self._longest_ttl_s, _KEEP_AT_MOST_S))
        self._seen_at = {
            record: at for record, at in self._seen_at.items() if now - at < keep_s
        }
        return Found(frozenset(self._seen_at), min(ttls))


async def _ask_until_stable(
    ask: Callable[[], Awaitable[Found[T]]], answers: list[Found[T]]
) -> None:
    """Add answers to *answers*, until they tell no more or one is not full."""
    at_once = 2
    while len(answers[-1].records) == FULL and not _is_stable(answers):
        round_ = [ask() for _ in range(at_once)]
        for outcome in await asyncio.gather(*round_, return_exceptions=True):
            if isinstance(outcome, ResolveFailed):
                return
            if isinstance(outcome, BaseException):
                raise outcome
            answers.append(outcome)
            if len(outcome.records) != FULL:
                return
        at_once = min(2 * at_once, _MOST_AT_ONCE)


def _is_stable(answers: list[Found[T]]) -> bool:
    sightings = Counter(record for answer in answers for record in answer.records)
    seen_enough = min(sightings.values()) >= _SIGHTINGS
    return seen_enough or len(answers) >= _MOST_QUESTIONS
