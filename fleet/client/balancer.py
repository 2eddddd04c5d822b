"""What all calls of one channel share: whom to call, and when to give up."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from fleet.client.attempt import Attempt
from fleet.client.budget import RetryBudget
from fleet.client.choosing.chooser import Chooser
from fleet.client.config import ChannelConfig
from fleet.client.engine import CallFailed, RpcFailed
from fleet.client.judge import Judge
from fleet.client.leaving.standing import Standing
from fleet.client.overload.line import Line
from fleet.client.overload.pushback import Pushback
from fleet.client.overload.rate import Rate
from fleet.client.peer import Peer, State
from fleet.client.peers import Peers
from fleet.client.retry import repeatable
from fleet.client.traits import AllTraits
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
    chooser: Chooser[Peer]
    judge: Judge
    line: Line
    rate: Rate | None
    traits: AllTraits
    budget: RetryBudget
    known: Watch
    retries: int = 0
    """Attempts beyond the first, over the life of the channel."""
    hedges: int = 0
    """Of these, made while the first was still under way."""
    denied: int = 0
    """Retries that the budget did not allow."""

    def refresh(self, now: float) -> None:
        """Choose anew from whom to choose, and let calls that wait try again."""
        self.judge.spare(now)
        self.chooser.refresh(self.peers.ready, self.peers.members, now)
        self.admit()
        self.peers.wake()

    def tend(self, now: float) -> None:
        """Let time pass: trials, slow start, calls that wait."""
        self.judge.sweep(now)
        self.traits.tend()
        for peer in self.chooser.main:
            if peer.limit is not None:
                peer.limit.rest(peer.in_flight, now)
        if self.chooser.ramping:
            self.refresh(now)
        else:
            self.admit()

    def admit(self) -> None:
        """Let as many waiting calls try as there may be places for."""
        for peer in self.peers.everybody():
            if peer.line is None or not peer.line.waiting:
                continue
            if peer.standing is Standing.IN and peer in self.chooser.main:
                self._let_in(peer.line, [peer])
            else:
                peer.send_away()
        self._let_in(self.line, (*self.chooser.main, *self.chooser.trials))

    def _let_in(self, line: Line, peers: Collection[Peer]) -> None:
        if not line.waiting:
            return
        places = float(line.waiting) if self.peers.closed else 0.0
        for peer in peers:
            most = peer.limit.most if peer.limit else line.waiting
            places += max(0.0, most - peer.in_flight)
        for _ in range(min(line.waiting, int(places) + 1)):
            line.next()

    def line_of(self, key: str | bytes | None) -> Line:
        """Return where a call waits: one with a key for the task where it belongs.

        Else the calls of a hot key would take every turn of the others.
        """
        home = self.chooser.home(key)
        return self.line if home is None or home.line is None else home.line

    @property
    def waiting(self) -> int:
        """How many calls wait for a place at a task."""
        lines = (peer.line for peer in self.peers)
        return self.line.waiting + sum(line.waiting for line in lines if line)

    def count_out(self, attempt: Attempt, stream: bool, _call: object) -> None:  # noqa: FBT001 - a callback
        """Count *attempt* as ended; its place is free."""
        attempt.peer.end(attempt.link, stream=stream)
        if attempt.end_trial():
            if attempt.generation is not None and attempt.peer.breaker is not None:
                attempt.peer.breaker.forget(attempt.generation)
            self.peers.wake()
        if self.line.waiting:
            self.line.next()
        own = attempt.peer.line
        if own is not None and own.waiting:
            own.next()

    def no_longer_tried(self, attempt: Attempt) -> None:
        """Let others try the peer of a stream that says nothing."""
        if attempt.end_trial():
            self.peers.wake()

    def may_repeat(
        self, error: RpcFailed, said: Pushback, *, safe: bool, attempts: int
    ) -> bool:
        """Tell whether another attempt is right, and take it from the budget.

        Args:
            error: Of the last attempt.
            said: What it says about coming back.
            safe: The method may be called twice.
            attempts: Made so far.
        """
        if attempts >= self.config.retry.max_attempts:
            return False
        return repeatable(error, said, safe=safe) and self.withdraw()

    def withdraw(self) -> bool:
        """Take one more attempt from the budget, if there is one left."""
        if self.budget.withdraw():
            self.retries += 1
            return True
        self.denied += 1
        return False

    def hopeless(self) -> str:
        """Say why waiting for a peer is in vain for now; empty: it is not."""
        known, members = self.known, self.peers.members
        if not known.answered:
            return str(known.error) if known.error else ""
        if not members:
            return f"{self._source()} lists no task"
        if self.peers.ready and not (self.chooser.main or self.chooser.trials):
            broken = self.config.breaker is not None
            why = "the circuit breaker is open for" if broken else "failures ejected"
            return f"{why} each of {len(self.peers.ready)}"
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

    def crowded(self) -> CallFailed:
        """Return the error for a call that found no place in time."""
        count, waiting = len(self.chooser.main), self.waiting
        reason = f"each of {count} tasks has as many calls as it can take"
        more = f"{reason}, and {waiting} wait"
        return self._failed(more, Status.RESOURCE_EXHAUSTED)

    def too_fast(self) -> CallFailed:
        """Return the error for a call beyond the rate limit."""
        rate = self.config.rate
        allowed = f"{rate.per_s:g} a second, {rate.burst} at once" if rate else ""
        reason = f"rate limit exceeded: this channel may begin {allowed}"
        return self._failed(reason, Status.RESOURCE_EXHAUSTED)

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
