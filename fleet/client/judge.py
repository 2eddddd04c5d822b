"""What the end of an attempt tells each rule about its peer."""

from collections.abc import Callable, Collection

from fleet.client.attempt import Attempt
from fleet.client.engine import RpcFailed, StatusCode
from fleet.client.leaving.ejection import Ejection
from fleet.client.leaving.record import Record
from fleet.client.leaving.standing import Standing, combined
from fleet.client.overload.pushback import Pushback
from fleet.client.peer import Peer
from fleet.client.peers import Peers
from fleet.client.retry import blames_task
from fleet.client.traits import Traits

TOO_LONG = 2.0
"""Times what is usual: a deadline that passed after so long tells of overload. One
that was short to begin with tells nothing."""
FAR_TOO_LONG = 4.0
"""The same for an attempt that was given up early, as for a hedge: many are."""


class Judge:
    """Of one channel: tells speed, ejection, breaker and limit what they need.

    Args:
        ejection: None: there is none.
        peers: Everybody, for rules that compare.
        on_change: Called when somebody may be called no more, or again.
    """

    def __init__(
        self,
        ejection: Ejection | None,
        peers: Peers,
        on_change: Callable[[], None],
    ) -> None:
        self.ejection = ejection
        self._peers = peers
        self._on_change = on_change

    def good(
        self, attempt: Attempt, traits: Traits, now: float, *, timed: bool
    ) -> None:
        """Count an attempt that ended well; *timed*: its duration says something."""
        peer, slowness = attempt.peer, None
        if timed:
            took_s, traits.late_in_a_row = now - attempt.began, 0
            slowness = traits.typical.relative(took_s)
            peer.speed.observe(slowness, now)
            peer.took(took_s)
            if traits.percentile is not None:
                traits.percentile.observe(now - attempt.since, now)
        if peer.limit is not None:
            peer.limit.succeeded(peer.in_flight + 1)
        if self.ejection is not None and peer.record is not None:
            self.ejection.succeeded(peer.record, slowness, now)
        if peer.breaker is not None:
            self._broken(attempt, now, success=True)

    def bad(
        self, attempt: Attempt, error: RpcFailed, said: Pushback, now: float
    ) -> bool:
        """Count an attempt that failed; false: it failed for its caller's mistake.

        Then the task has answered, and as well as it can: `good` is told of it.
        """
        peer = attempt.peer
        if said.overloaded:
            # Busy, not ill: it is given less, and left where it is.
            peer.failed(f"{error.code().name}: {error.details()}")
            if peer.limit is not None:
                peer.limit.refused(peer.in_flight + 1, attempt.began, now)
            self._broken(attempt, now, success=True)
            return True
        if not blames_task(error):
            return False
        peer.failed(f"{error.code().name}: {error.details()}")
        self._accuse(peer, error, now)
        self._broken(attempt, now, success=False)
        return True

    def _accuse(self, peer: Peer, error: RpcFailed, now: float) -> None:
        """Tell ejection of a failure.

        Not of a deadline: in an overload they pass everywhere, and to leave tasks
        alone is the last thing that helps. Being late is judged by comparison.
        """
        if self.ejection is None or peer.record is None or deadline_passed(error):
            return
        self.ejection.failed(peer.record, self._records(), now)

    def _records(self) -> list[Record]:
        """Return those of whom could be called: of these the cap is a share."""
        return [peer.record for peer in self._peers.ready if peer.record is not None]

    def late(
        self, attempt: Attempt, traits: Traits, now: float, *, deadline: bool
    ) -> None:
        """Learn from an attempt that had to be given up: it would have taken longer.

        Args:
            attempt: With one answer.
            traits: Of its method.
            now: On the clock of `time.monotonic`.
            deadline: It was the call's deadline that ended it.
        """
        peer, took_s = attempt.peer, now - attempt.began
        if traits.typical.took_s:
            slowness = traits.typical.compare(took_s)
            peer.speed.at_least(slowness, now)
            if self.ejection is not None and peer.record is not None:
                self.ejection.gave_up(peer.record, slowness, now)
        too_long_s = traits.usual_s * (TOO_LONG if deadline else FAR_TOO_LONG)
        traits.late_in_a_row += deadline
        if peer.limit is not None and traits.slower and 0 < too_long_s < took_s:
            peer.limit.refused(peer.in_flight + 1, attempt.began, now)

    def begun_to_answer(self, attempt: Attempt, now: float) -> None:
        """End the trial of a stream with its first answer: it may last for hours."""
        if attempt.end_trial() and self.ejection is not None:
            record = attempt.peer.record
            if record is not None:
                self.ejection.succeeded(record, None, now)
        self._broken(attempt, now, success=True)

    def abandoned(self, attempt: Attempt, now: float) -> None:
        """Note that nobody waits for the end of *attempt* any more."""
        # It says nothing, but a trial that was not answered did not end well.
        self._broken(attempt, now, success=attempt.peer.standing is Standing.IN)

    def sweep(self, now: float) -> None:
        """Let time pass for everybody; called every few tenths of a second."""
        peers = self._peers.everybody()
        if self.ejection is not None:
            self.ejection.sweep(self._records(), now)
        self._compare(peers, now)

    def spare(self, now: float) -> None:
        """Take back at once whom the cap no longer lets be out."""
        if self.ejection is not None and self.ejection.spare(self._records(), now):
            for peer in self._peers.everybody():
                peer.standing = combined(peer.record, peer.breaker, now)

    def compare(self, now: float) -> None:
        """Look whether the standing of anybody has changed."""
        self._compare(self._peers.everybody(), now)

    def _compare(self, peers: Collection[Peer], now: float) -> None:
        changed = False
        for peer in peers:
            standing = combined(peer.record, peer.breaker, now)
            if standing is not peer.standing:
                peer.standing, changed = standing, True
        if changed:
            self._on_change()

    def _broken(self, attempt: Attempt, now: float, *, success: bool) -> None:
        """Tell the breaker, if there is one: it counts each call that it let in."""
        peer = attempt.peer
        if peer.breaker is None or attempt.generation is None:
            return
        peer.breaker.end(attempt.generation, now, success=success)
        attempt.generation = None
        self._compare([peer], now)


def deadline_passed(error: RpcFailed) -> bool:
    """Tell whether the caller's time was up, and not the task's word."""
    return error.code() is StatusCode.DEADLINE_EXCEEDED
