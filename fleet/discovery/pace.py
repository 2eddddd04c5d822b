"""When the next question is asked."""

import math
import random
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a watch asks; every field is in seconds.

    Raises:
        ValueError: A time is not above zero, or a pair is the wrong way round;
            one line for each mistake.
    """

    floor_s: float = 0.5
    """At least so long between two answers, whatever TTL the source gives: a
    TTL of 0 must not become a busy loop."""
    ceiling_s: float = 30.0
    """At most so long: a TTL of an hour would hide a new task for an hour."""
    retry_s: float = 1.0
    """After the first failed question; doubles with each further one."""
    retry_max_s: float = 10.0
    """Where the doubling ends: a source that is back is found soon, and one
    that struggles is not asked by every client every second."""
    urgent_s: float = 1.0
    """At most one `ask_again` is obeyed in so long: a deploy breaks hundreds of
    connections at once, and each of them asks."""
    empty_s: float = 1.0
    """An empty answer must be confirmed by another one so much later; and while
    the set is empty, calls are waiting, so ask this often whatever the negative
    TTL says (it is 900 s in some Cloud Map zones)."""

    def __post_init__(self) -> None:
        mistakes = [
            f"{field.name} is {getattr(self, field.name)}, allowed is above 0"
            for field in fields(self)
            if not getattr(self, field.name) > 0  # so that NaN is a mistake too
        ]
        if self.floor_s > self.ceiling_s:
            mistakes.append(f"floor_s is above ceiling_s, {self.ceiling_s}")
        if self.retry_s > self.retry_max_s:
            mistakes.append(f"retry_s is above retry_max_s, {self.retry_max_s}")
        if mistakes:
            raise ValueError("\n".join(mistakes))

    def after_answer(self, ttl_s: float) -> float:
        """Return how long an answer is kept; one that never changes, for ever."""
        if math.isinf(ttl_s):
            return ttl_s
        return min(max(ttl_s, self.floor_s), self.ceiling_s)

    def after_failure(self, failures: int, rng: random.Random) -> float:
        """Return how long to wait after *failures* failures in a row, from 1.

        A fifth more or less at random, or all clients that saw one outage
        would ask in the same moment for ever.
        """
        # 2.0 ** 1024 overflows; the doubling has ended long before 30.
        wait_s = self.retry_s * 2.0 ** min(failures - 1, 30)
        return min(wait_s, self.retry_max_s) * rng.uniform(0.8, 1.2)
