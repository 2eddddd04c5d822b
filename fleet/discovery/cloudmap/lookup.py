"""The lookup that asks Cloud Map's API."""

import asyncio
import random

from fleet.discovery.clock import Clock, MonotonicClock
from fleet.discovery.cloudmap.api import Api
from fleet.discovery.cloudmap.flight import Flight, Line
from fleet.discovery.cloudmap.place import Place
from fleet.discovery.cloudmap.register import Register
from fleet.discovery.cloudmap.tempo import Tempo
from fleet.discovery.lookup import Answer, Lookup
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed, Throttled

_LOOKUP_S = 5.0
"""For one whole lookup; the first loads boto3 and finds credentials too."""
_FULL_EVERY_S = 5.0
_CLOCK = MonotonicClock()
_RNG = random.SystemRandom()


def cloudmap(
    place: Place,
    *,
    full_every_s: float = _FULL_EVERY_S,
    api: Api | None = None,
    clock: Clock = _CLOCK,
    rng: random.Random = _RNG,
) -> Lookup:
    """Return a lookup that asks Cloud Map for every instance of a service.

    Up to 1,000 of them, with their zones, where DNS shows eight. The cheap
    question comes every 0.75 s, the full one when the revision has moved, or
    after *full_every_s*.

    One account may ask the cheap question 3,000 times a second in a region, and
    the full one 1,000 times, with bursts of 2,000 (developer guide, Cloud Map
    request throttling quota). That carries some 2,200 pairs of a client process
    and a service at full pace; more of them are slowed down by refusals, to
    6.7 s between questions with 20,000 pairs.

    No such namespace and no such service are complete answers, with nothing in
    them, as NXDOMAIN is by DNS: there it is what a service without instances
    looks like, and a client may start before its service is deployed. The log
    says which of them is missing. Instances of which none can be called are a
    failure.

    Args:
        place: Which service, and how to get at the API.
        full_every_s: How late a change of health may be seen.
        api: How to ask, instead of by boto3.
        clock: How old the newest listing is.
        rng: Spreads the questions of many clients.
    """
    tempo = Tempo(rng)

    def begin() -> Flight[frozenset[Endpoint]]:
        return Flight(_Asking(place, full_every_s, api, clock, tempo).ask)

    line = Line(begin)

    async def lookup() -> Answer:
        flight = line.flight
        try:
            async with asyncio.timeout(_LOOKUP_S):
                endpoints = await flight.answer()
        except TimeoutError:
            line.give_up(flight)
            reason = f"no complete answer within {_LOOKUP_S:g} s"
            raise ResolveFailed(str(place), reason) from None
        return Answer(endpoints, tempo.wait_s())

    return lookup


class _Asking:
    """What happens in the thread, one question at a time."""

    def __init__(
        self,
        place: Place,
        full_every_s: float,
        api: Api | None,
        clock: Clock,
        tempo: Tempo,
    ) -> None:
        self._place = place
        self._full_every_s = full_every_s
        self._api = api
        self._clock = clock
        self._tempo = tempo
        self._register: Register | None = None
        self._refusal: Throttled | None = None
        self._refused_until = 0.0

    def ask(self) -> frozenset[Endpoint]:
        """Return every endpoint.

        Raises:
            ResolveFailed: From the register.
        """
        # However many callers press: in a deploy all of an account's clients do.
        if self._refusal is not None and self._clock.now() < self._refused_until:
            raise self._refusal
        if self._register is None:
            self._register = self._open()
        try:
            endpoints = self._register.endpoints()
        except Throttled as refusal:
            self._tempo.refused()
            self._refusal = refusal
            self._refused_until = self._clock.now() + self._tempo.wait_s()
            raise
        self._refusal = None
        self._tempo.answered()
        return endpoints

    def _open(self) -> Register:
        api = self._api
        if api is None:
            # boto3 takes a quarter of a second to import; here nobody waits.
            from fleet.discovery.cloudmap.engine import CloudMap  # noqa: PLC0415

            api = CloudMap(self._place)
        return Register(
            api, self._place, full_every_s=self._full_every_s, clock=self._clock
        )
