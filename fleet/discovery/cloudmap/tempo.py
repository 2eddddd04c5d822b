"""How often one lookup may ask, since all clients of an account share a limit."""

import random

QUICK_S = 0.75
"""Between two answers: a new task is to be called within a second."""
_SLOW_S = 30.0
_LONGER = 2.0
_SHORTER = 0.9
_JITTER = 0.1


class Tempo:
    """The seconds between two answers: doubled by a refusal, slowly back.

    Each refusal doubles, each answer takes a tenth off: with one question in
    eight refused a client keeps its pace, with fewer it gets quicker, so all
    clients together settle near the limit. Questions are a tenth earlier or
    later at random, or clients that started together would ask together.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._wait_s = QUICK_S

    def refused(self) -> None:
        """Note that the API wants fewer questions."""
        self._wait_s = min(self._wait_s * _LONGER, _SLOW_S)

    def answered(self) -> None:
        """Note that it answered."""
        self._wait_s = max(self._wait_s * _SHORTER, QUICK_S)

    def wait_s(self) -> float:
        """Return the seconds until the next question."""
        return self._wait_s * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
