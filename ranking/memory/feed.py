"""The last changes of one period, numbered."""

from collections import deque
from typing import NamedTuple

from ranking.entry import Entry


class Event(NamedTuple):
    """What happened to one row, with its ranks of then."""

    entry: Entry | None
    previous_rank: int
    erased: bool = False


class Feed:
    """A ring: watchers read it at their own pace, and never hold it up.

    Attributes:
        last: The number of the last change; the first one is 1.
    """

    def __init__(self, most: int) -> None:
        self.last = 0
        self._kept: deque[Event | None] = deque(maxlen=most)

    def add(self, event: Event) -> None:
        """Number *event*; the oldest one goes where there are too many."""
        self._kept.append(event)
        self.last += 1

    def dropped(self, seen: int) -> int:
        """Return how many changes after *seen* are not kept any more."""
        return max(0, self.last - len(self._kept) - seen)

    def after(self, seen: int) -> Event | None:
        """Return the change after *seen*, which is kept; None: it was forgotten."""
        return self._kept[seen - self.last]

    def forget(self, user_id: str) -> None:
        """Empty the changes of a user; the numbers of the others stay."""
        for index, event in enumerate(self._kept):
            if event and event.entry and event.entry.user.user_id == user_id:
                self._kept[index] = None
