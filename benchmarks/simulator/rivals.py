"""How others choose, from what is published of them; for comparison only."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

Clock = Callable[[], float]


@runtime_checkable
class Learning(Protocol):
    """A policy that wants to know how calls end."""

    def ended(self, peer: Any, took_s: float, *, well: bool) -> None:  # noqa: ANN401 - whatever it picked
        """Learn how long a call took, and whether it was answered."""
        ...


@dataclass(slots=True)
class Random:
    """Any peer."""

    rng: random.Random

    def pick(self, peers: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        """Return one of *peers*."""
        return peers[int(self.rng.random() * len(peers))]


@dataclass(slots=True)
class LeastOfAll:
    """The peer with the fewest calls in flight, of several any."""

    rng: random.Random

    def pick(self, peers: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        """Return the least loaded of *peers*."""
        least = min(peer.in_flight for peer in peers)
        best = [peer for peer in peers if peer.in_flight == least]
        return best[int(self.rng.random() * len(best))]


@dataclass(slots=True)
class _Average:
    value: float
    at: float


@dataclass(slots=True)
class TowerPeakEwma:
    """Peak-EWMA as in tower (Rust) and Linkerd: latency times calls in flight.

    Linkerd's decay of 10 s; tower's default of 1 s for a peer that nobody called.
    """

    rng: random.Random
    clock: Clock
    decay_s: float = 10.0
    default_s: float = 1.0
    _known: dict[Any, _Average] = field(default_factory=dict)

    def pick(self, peers: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        """Return the cheaper of two of *peers*."""
        one, other = _two(self.rng, peers)
        return one if self._cost(one) <= self._cost(other) else other

    def ended(self, peer: Any, took_s: float, *, well: bool) -> None:  # noqa: ANN401, ARG002 - a failed call's duration counts like any other
        """Take the peak at once; forget it slowly."""
        known, now = self._of(peer), self.clock()
        if took_s > known.value:
            known.value = took_s
        else:
            old = math.exp((known.at - now) / self.decay_s)
            known.value = known.value * old + took_s * (1 - old)
        known.at = now

    def _cost(self, peer: Any) -> float:  # noqa: ANN401 - one that was given
        known = self._of(peer)
        idle_s = self.clock() - known.at
        return float(
            known.value * math.exp(-idle_s / self.decay_s) * (peer.in_flight + 1)
        )

    def _of(self, peer: Any) -> _Average:  # noqa: ANN401 - one that was given
        if peer not in self._known:
            self._known[peer] = _Average(self.default_s, self.clock())
        return self._known[peer]


@dataclass(slots=True)
class _Memory:
    lag_ns: float = 0.0
    success: float = 1.0
    at: float = 0.0
    picked: float = 0.0


@dataclass(slots=True)
class GoZero:
    """go-zero's P2C: sqrt(latency + 1) * (calls in flight + 1), which fades in 10 s.

    Three tries for two peers of which more than half of the calls end well; of the
    two, one that was not picked for a second is picked.
    """

    rng: random.Random
    clock: Clock
    decay_s: float = 10.0
    force_s: float = 1.0
    _known: dict[Any, _Memory] = field(default_factory=dict)

    def pick(self, peers: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
        """Return the cheaper of two of *peers*."""
        one, other = _two(self.rng, peers)
        for _ in range(2):
            if min(self._of(one).success, self._of(other).success) > 0.5:  # noqa: PLR2004 - half
                break
            one, other = _two(self.rng, peers)
        if self._cost(one) > self._cost(other):
            one, other = other, one
        now = self.clock()
        picked = other if now - self._of(other).picked > self.force_s else one
        self._of(picked).picked = now
        return picked

    def ended(self, peer: Any, took_s: float, *, well: bool) -> None:  # noqa: ANN401 - one that was given
        """Take the latency, and whether the call ended well."""
        known, now = self._of(peer), self.clock()
        old = math.exp((known.at - now) / self.decay_s) if known.lag_ns else 0.0
        known.lag_ns = known.lag_ns * old + took_s * 1e9 * (1 - old)
        known.success = known.success * old + well * (1 - old)
        known.at = now

    def _cost(self, peer: Any) -> float:  # noqa: ANN401 - one that was given
        return float(math.sqrt(self._of(peer).lag_ns + 1) * (peer.in_flight + 1))

    def _of(self, peer: Any) -> _Memory:  # noqa: ANN401 - one that was given
        return self._known.setdefault(peer, _Memory())


def _two(rng: random.Random, peers: Sequence[Any]) -> tuple[Any, Any]:
    if len(peers) == 1:
        return peers[0], peers[0]
    first = int(rng.random() * len(peers))
    second = int(rng.random() * (len(peers) - 1))
    return peers[first], peers[second + (second >= first)]
