"""A clock that stands where the test has put it."""

from datetime import datetime


def ms(text: str) -> int:
    """Return the milliseconds since 1970 of an ISO time with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


class Moment:
    """Now, as the test says.

    Tests begin in the far future: a store that lets its keys expire by its own
    clock would lose those of a day in the past at once.
    """

    def __init__(self, text: str) -> None:
        self.ms = ms(text)

    def __call__(self) -> int:
        return self.ms

    def set(self, text: str) -> None:
        """Go to another time."""
        self.ms = ms(text)

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.ms += round(seconds * 1000)
