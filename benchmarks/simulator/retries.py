"""Whether a call is tried again, and when: the rules of the channel."""

import random
from collections.abc import Callable

from benchmarks.simulator.call import Call, Failure
from fleet.client.budget import RetryBudget
from fleet.client.config import RetryConfig

PUSHBACK_S = 0.1
"""What an overloaded task asks to wait for."""


class Retries:
    """Of one client."""

    def __init__(self, rng: random.Random, clock: Callable[[], float]) -> None:
        self._config = RetryConfig()
        self._rng = rng
        self._budget = RetryBudget(
            self._config.budget_share, self._config.budget_minimum, clock
        )

    def count(self, now: float) -> None:
        """Count a call."""
        self._budget.count(now)

    def hedged(self) -> bool:
        """Take a hedge from the budget, if there is one left."""
        return self._budget.withdraw()

    def pause_s(self, call: Call, failure: Failure, peers: int) -> float | None:
        """Return after how long to try again, or None: not at all.

        Args:
            call: With the peer that failed now among its `tried`.
            failure: How.
            peers: How many there are.
        """
        attempts = len(call.tried)
        if attempts >= self._config.max_attempts:
            return None
        if failure is Failure.BROKEN and not call.safe:
            return None
        if not self._budget.withdraw():
            return None
        pause_s = self._backoff_s(attempts)
        if failure is Failure.OVERLOADED and attempts >= peers:
            return max(pause_s, PUSHBACK_S)
        return pause_s

    def _backoff_s(self, attempts: int) -> float:
        if attempts <= 1:
            return 0.0
        config = self._config
        longest = min(config.max_backoff_s, config.backoff_s * 2.0 ** (attempts - 2))
        return longest * self._rng.uniform(0.5, 1.0)
