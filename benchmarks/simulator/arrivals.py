"""Calls, as they come: an open loop, which does not wait for answers."""

import itertools
import random
from collections.abc import Callable

from benchmarks.simulator.call import Call
from benchmarks.simulator.events import Events
from benchmarks.simulator.scenario import Scenario


class Arrivals:
    """A Poisson process; of one client."""

    def __init__(
        self,
        events: Events,
        scenario: Scenario,
        begin: Callable[[Call], None],
        rng: random.Random,
    ) -> None:
        self._events = events
        self._scenario = scenario
        self._call = begin
        self._rng = rng
        shares = [method.share for method in scenario.methods]
        self._up_to = list(itertools.accumulate(shares))
        rate = scenario.load * scenario.capacity_per_s
        self._per_s = rate / scenario.clients

    def begin(self) -> None:
        """Put the next call on the agenda."""
        when = self._events.now + self._rng.expovariate(self._per_s)
        if when < self._scenario.duration_s:
            self._events.at(when, self._arrive)

    def _arrive(self) -> None:
        scenario, rng, now = self._scenario, self._rng, self._events.now
        drawn = rng.random() * self._up_to[-1]
        method = next(at for at, most in enumerate(self._up_to) if drawn <= most)
        call = Call(
            began=now,
            deadline=now + scenario.timeout_s,
            method=method,
            work_s=scenario.methods[method].work_s(rng),
            safe=rng.random() < scenario.safe_share,
            key=str(rng.randrange(scenario.keys)) if scenario.keys else None,
        )
        self.begin()
        self._call(call)
