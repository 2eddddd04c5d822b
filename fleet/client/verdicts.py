"""What the end of an attempt means: for its peer, and for the call."""

from fleet.client.attempt import Attempt
from fleet.client.attempts import monotonic
from fleet.client.engine import CallFailed, RpcFailed, StatusCode
from fleet.client.judge import deadline_passed
from fleet.client.overload.pushback import Pushback, pushback
from fleet.client.patience import PatientAttempts
from fleet.client.retry import pause_s

CANCELLED: int = StatusCode.CANCELLED.value[0]


class JudgedAttempts(PatientAttempts):
    """Tells every rule how an attempt ended, and makes another where that is right."""

    def _succeeded(self) -> None:
        """Tell what the attempt that gave the answer says about its peer."""
        attempt, now = self._attempt, monotonic()
        if attempt is not None:
            traits = self._method.traits
            self._balancer.judge.good(attempt, traits, now, timed=not self.stream)
            self._attempt_ended(attempt, 0, now)

    def _again(self, error: RpcFailed) -> None:
        """Drop the failed attempt so that another follows, or raise *error*."""
        attempt = self._attempt
        if attempt is None or isinstance(error, CallFailed):
            raise error
        said = self.failed(attempt, error)
        attempts = len(self._tried) + 1
        pause = self._pause(said, attempts)
        if not self._may_repeat(error, said, attempts, pause):
            raise error
        self._tried = (*self._tried, attempt.peer)
        self._not_before = monotonic() + pause
        self._inner = self._attempt = None

    def failed(self, attempt: Attempt, error: RpcFailed) -> Pushback:
        """Tell what the failure of *attempt* says about its peer."""
        balancer, now = self._balancer, monotonic()
        said = pushback(error.trailing_metadata() or ())
        traits, timed = self._method.traits, not self.stream
        if not balancer.judge.bad(attempt, error, said, now):
            balancer.judge.good(attempt, traits, now, timed=timed)
        if not self.stream and deadline_passed(error):
            balancer.judge.late(attempt, traits, now, deadline=True)
        self._attempt_ended(attempt, error.code().value[0], now)
        return said

    def _pause(self, said: Pushback, attempts: int) -> float:
        """Return the seconds until the next attempt."""
        pause = pause_s(self._balancer.config.retry, attempts)
        if said.delay_s is None:
            return pause
        if said.overloaded and len(self._balancer.chooser.main) > attempts:
            return pause  # somebody else has time, perhaps
        return max(pause, said.delay_s)

    def _may_repeat(
        self, error: RpcFailed, said: Pushback, attempts: int, pause: float
    ) -> bool:
        left = self._left()
        if not self.repeatable or self._sealed or self._cancelled:
            return False
        if left is not None and left <= pause:
            return False
        return self._balancer.may_repeat(
            error, said, safe=self._safe, attempts=attempts
        )

    def given_up(self, attempt: Attempt) -> None:
        """Learn from an attempt whose end nobody waits for."""
        now = monotonic()
        if not self.stream:
            traits = self._method.traits
            self._balancer.judge.late(attempt, traits, now, deadline=False)
        self._balancer.judge.abandoned(attempt, now)
        self._attempt_ended(attempt, CANCELLED, now)

    def _attempt_ended(self, attempt: Attempt, status: int, now: float) -> None:
        if attempt.seen is not None:
            self._seen.attempt_ended(attempt.seen, status, now)
            attempt.seen = None
