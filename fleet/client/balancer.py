"""What all calls of one channel share: whom to call, and when to give up."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from fleet.client.budget import RetryBudget
from fleet.client.config import ChannelConfig
from fleet.client.engine import CallFailed
from fleet.client.peer import Peer, State
from fleet.client.peers import Peers
from fleet.client.policy import LeastLoadedOfTwo, Policy
from fleet.discovery.watch import Watch
from fleet.errors import NoEndpoints, Status

SHOWN = 3
"""Errors that one message repeats."""


@dataclass(slots=True, eq=False)
class Balancer:
    """Chooses a peer for each attempt of each call."""

    target: str
    config: ChannelConfig
    peers: Peers
    policy: Policy
    budget: RetryBudget
    known: Watch
    again: Policy = field(default_factory=LeastLoadedOfTwo)
    """Chooses for retries."""
    retries: int = 0
    """Attempts beyond the first, over the life of the channel."""
    denied: int = 0
    """Retries that the budget did not allow."""

    def pick(self, tried: Collection[Peer]) -> Peer | None:
        """Choose among the ready peers; once some were *tried*, among the others.

        A retry takes no turn of the policy: of two tasks in turn, the bad one
        would get every first attempt.
        """
        ready = self.peers.ready
        if not tried:
            return self.policy.pick(ready) if ready else None
        others = tuple(peer for peer in ready if peer not in tried) or ready
        return self.again.pick(others) if others else None

    def hopeless(self) -> str:
        """Say why waiting for a peer is in vain for now; empty: it is not."""
        known, members = self.known, self.peers.members
        if not known.answered:
            return str(known.error) if known.error else ""
        if not members:
            return f"{self._source()} lists no task"
        if any(peer.state is not State.FAILING for peer in members):
            return ""
        return f"none of {len(members)} can be reached: {_some(members)}"

    def expired(self) -> CallFailed:
        """Return the error for a call whose deadline passed while it waited."""
        states = Counter(peer.state.value for peer in self.peers)
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        reason = self.hopeless() or f"none was ready in time ({counts or 'asking'})"
        return self._failed(reason, Status.DEADLINE_EXCEEDED)

    def unavailable(self, reason: str) -> CallFailed:
        """Return the error for a call that does not wait."""
        return self._failed(reason, Status.UNAVAILABLE)

    def _failed(self, reason: str, status: Status) -> CallFailed:
        return CallFailed(NoEndpoints(self.target, reason, status))

    def _source(self) -> str:
        error = self.known.error
        return f"discovery (which fails now: {error})" if error else "discovery"


def _some(members: Collection[Peer]) -> str:
    """Give the errors of the first few: an error of a thousand lines helps nobody."""
    errors = sorted({peer.last_error for peer in members})
    more = f"; and {len(errors) - SHOWN} more" if len(errors) > SHOWN else ""
    return "; ".join(errors[:SHOWN]) + more
