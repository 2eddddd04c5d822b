"""The policy for streams: fewest of them, of two peers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar


class Streaming(Protocol):
    """What this policy sees of a peer."""

    streams: int
    weight: float


P = TypeVar("P", bound=Streaming)


@dataclass(slots=True)
class FewestStreams:
    """The one of two peers drawn at random that has fewer streams for its weight.

    Calls that are short do not count: a task with a hundred idle watchers is not
    busy, and a new task without any must not get every call for that.
    """

    rng: random.Random = field(default_factory=random.Random)

    def pick(self, peers: Sequence[P]) -> P:
        """Return one of *peers*, which is never empty."""
        one, other = self.rng.choice(peers), self.rng.choice(peers)
        if one.streams / one.weight <= other.streams / other.weight:
            return one
        return other
