"""Which endpoint gets the next call: a pure choice among peers and their load."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from fleet.client.choosing.speed import Speed


class Loaded(Protocol):
    """What the policies of this file see of a peer."""

    in_flight: int
    """Calls that were started on the peer and have not ended."""


class Known(Loaded, Protocol):
    """What any policy may go by."""

    streams: int
    """Of those in flight, calls with more than one answer."""
    weight: float
    """Of the calls of a full peer, from 0 to 1."""
    speed: Speed


P = TypeVar("P", bound=Loaded)
K = TypeVar("K", bound=Known)


class Policy(Protocol):
    """Chooses; one instance serves one channel."""

    def pick(self, peers: Sequence[K]) -> K:
        """Return one of *peers*, which is never empty."""
        ...


@dataclass(slots=True)
class RoundRobin:
    """Each peer in turn.

    The first turn is random, or every client that is restarted in a deploy
    would begin with the same task.
    """

    rng: random.Random = field(default_factory=random.Random)
    _turn: int = field(init=False)

    def __post_init__(self) -> None:
        self._turn = self.rng.randrange(1_000_000)

    def pick(self, peers: Sequence[P]) -> P:
        """Return the next of *peers*."""
        self._turn += 1
        return peers[self._turn % len(peers)]


@dataclass(slots=True)
class LeastLoadedOfTwo:
    """The less loaded of two peers drawn at random.

    Close to the best choice without comparing every peer, and, unlike a global
    minimum, it does not send every client to the same idle task at once
    (M. Mitzenmacher, "The power of two choices in randomized load balancing").
    """

    rng: random.Random = field(default_factory=random.Random)

    def pick(self, peers: Sequence[P]) -> P:
        """Return the less loaded of two of *peers*."""
        count = len(peers)
        if count == 1:
            return peers[0]
        # Not rng.sample: this is on the path of every call and 10 times faster.
        first = int(self.rng.random() * count)
        second = int(self.rng.random() * (count - 1))
        one, other = peers[first], peers[second + (second >= first)]
        return one if one.in_flight <= other.in_flight else other
