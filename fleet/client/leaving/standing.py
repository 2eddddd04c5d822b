"""Whether a peer is called, left alone, or on trial."""

import enum
from typing import Protocol


class Standing(enum.IntEnum):
    """Of one peer; where several rules speak, the largest holds."""

    IN = 0
    """Called like any other."""
    TRIAL = 1
    """Called with one call at a time, until these have shown how it is."""
    OUT = 2
    """Not called."""


class Judged(Protocol):
    """What ejection says of a peer."""

    standing: Standing


class Circuit(Protocol):
    """What a breaker says of a peer."""

    def standing(self, now: float) -> Standing:
        """Return OUT while open, TRIAL while half-open, else IN."""
        ...


def combined(record: Judged | None, breaker: Circuit | None, now: float) -> Standing:
    """Return the larger standing of both; None is a rule that is switched off."""
    judged = Standing.IN if record is None else record.standing
    if breaker is None:
        return judged
    return max(judged, breaker.standing(now))
