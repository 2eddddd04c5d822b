"""One period of a board."""

from ranking.entry import (
    Cursor,
    Page,
    Position,
    Standing,
    Standings,
    Submission,
    Updated,
    User,
)
from ranking.errors import NotRanked
from ranking.memory.feed import Event, Feed
from ranking.memory.operators import scored
from ranking.memory.requests import Requests
from ranking.memory.rows import Row, Rows
from ranking.period import Period
from ranking.spec import BoardSpec


class Table:
    """Rows, their changes, and the requests that were counted.

    Attributes:
        feed: Every change.
        period: Which one this is.
    """

    def __init__(self, spec: BoardSpec, period: Period) -> None:
        self.period = period
        self.feed = Feed(spec.changes_kept)
        self._spec = spec
        self._rows = Rows(descending=spec.descending)
        self._requests = Requests(spec.requests_kept_s * 1000)
        self._arrivals = 0

    def repeated(self, submission: Submission, now_ms: int) -> Updated | None:
        """Answer a request that was counted here before; None for a new one.

        Raises:
            NotRanked: It was counted, and the user erased since.
        """
        user_id = submission.user.user_id
        changed = self._requests.outcome(user_id, submission.request_id, now_ms)
        if changed is None:
            return None
        return self._updated(user_id, changed=changed, replayed=True)

    def count(self, submission: Submission, now_ms: int) -> Updated:
        """Count *submission*; see `Board.update`."""
        user_id = submission.user.user_id
        before = self._rows.get(user_id)
        score = scored(self._spec, before and before.score, submission.score)
        changed = before is None or score != before.score
        self._take(before, _profile(before, submission.user), score, now_ms)
        self._requests.remember(user_id, submission.request_id, now_ms, changed=changed)
        return self._updated(user_id, changed=changed, replayed=False)

    def erase(self, user_id: str) -> bool:
        """Drop a user's row and what the feed says of it; tell if there was one."""
        row = self._rows.get(user_id)
        if not row:
            return False
        rank = self._rows.entry(row).rank
        self._rows.remove(user_id)
        self.feed.forget(user_id)
        self.feed.add(Event(None, rank, erased=True))
        return True

    def page(self, size: int, after: Cursor | None, position: Position) -> Page:
        """Return some rows; see `Board.page`."""
        start = self._rows.behind(after) if after else 0
        entries = self._rows.slice(start, start + size)
        more = start + size < len(self._rows)
        last = self._rows.cursor(entries[-1].user.user_id) if more else None
        return Page(entries, len(self._rows), self.period.name, last, position)

    def standing(self, user_id: str, neighbours: int) -> Standing:
        """Return where a user stands; see `Board.standing`."""
        entry = self._rows.entry(self._row(user_id))
        around = self._rows.slice(entry.rank - 1 - neighbours, entry.rank + neighbours)
        shown = around if neighbours else ()
        return Standing(entry, shown, len(self._rows), self.period.name)

    def standings(self, user_ids: frozenset[str]) -> Standings:
        """Return where some users stand; see `Board.standings`."""
        rows = [row for user_id in user_ids if (row := self._rows.get(user_id))]
        entries = sorted(map(self._rows.entry, rows), key=lambda entry: entry.rank)
        return Standings(tuple(entries), len(self._rows), self.period.name)

    def _take(self, before: Row | None, user: User, score: int, now_ms: int) -> None:
        if before and (user, score) == before[:2]:
            return
        rank = self._rows.entry(before).rank if before else 0
        tie, achieved_ms = (before.tie, before.achieved_ms) if before else (0, now_ms)
        if before is None or score != before.score:
            self._arrivals += 1
            tie, achieved_ms = self._arrivals, now_ms
        row = Row(user, score, tie, achieved_ms)
        self._rows.put(row)
        self.feed.add(Event(self._rows.entry(row), rank))

    def _updated(self, user_id: str, *, changed: bool, replayed: bool) -> Updated:
        entry = self._rows.entry(self._row(user_id))
        return Updated(entry, changed, replayed, len(self._rows), self.period.name)

    def _row(self, user_id: str) -> Row:
        row = self._rows.get(user_id)
        if not row:
            raise NotRanked(user_id, self._spec.name, self.period.name)
        return row


def _profile(before: Row | None, given: User) -> User:
    """Return the profile to keep: an empty part of the one given says nothing."""
    if before is None:
        return given
    name, grade = given.name or before.user.name, given.grade or before.user.grade
    return User(given.user_id, name, grade)
