"""The rows of one period, in their order."""

from bisect import bisect_left, bisect_right, insort
from typing import NamedTuple

from ranking.entry import Cursor, Entry, User

_Key = tuple[int, int, str]
"""Sorts as the board does: by score (negated where the highest is first), then by
arrival."""


class Row(NamedTuple):
    """What is kept of a user."""

    user: User
    score: int
    tie: int
    """Grows with arrival, from 1."""
    achieved_ms: int


class Rows:
    """Every user once, found by id and by rank."""

    def __init__(self, *, descending: bool) -> None:
        self._sign = -1 if descending else 1
        self._order: list[_Key] = []
        self._by_id: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self._order)

    def get(self, user_id: str) -> Row | None:
        """Return the row of a user, or None."""
        return self._by_id.get(user_id)

    def put(self, row: Row) -> None:
        """Add a row; the one that its user had is gone."""
        self.remove(row.user.user_id)
        self._by_id[row.user.user_id] = row
        insort(self._order, self._key(row))

    def remove(self, user_id: str) -> None:
        """Drop the row of a user, if there is one."""
        row = self._by_id.pop(user_id, None)
        if row:
            del self._order[bisect_left(self._order, self._key(row))]

    def entry(self, row: Row) -> Entry:
        """Return *row*, which is one of these, with its ranks."""
        return self._entry(bisect_left(self._order, self._key(row)))

    def slice(self, start: int, stop: int) -> tuple[Entry, ...]:
        """Return the rows of rank *start* + 1 to *stop*."""
        there = range(max(start, 0), min(stop, len(self)))
        return tuple(self._entry(index) for index in there)

    def behind(self, cursor: Cursor) -> int:
        """Return how many rows are at *cursor* or before it."""
        place = (self._sign * cursor.score, cursor.tie, cursor.user_id)
        return bisect_right(self._order, place)

    def cursor(self, user_id: str) -> Cursor:
        """Return the place of a user's row."""
        row = self._by_id[user_id]
        return Cursor(row.score, row.tie, user_id)

    def _key(self, row: Row) -> _Key:
        return self._sign * row.score, row.tie, row.user.user_id

    def _entry(self, index: int) -> Entry:
        signed, _, user_id = self._order[index]
        row = self._by_id[user_id]
        # Before every tie: how many scores are better.
        better = bisect_left(self._order, (signed, 0, ""))
        return Entry(row.user, row.score, index + 1, better + 1, row.achieved_ms)
