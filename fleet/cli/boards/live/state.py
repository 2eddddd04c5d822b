"""What a live view knows: the latest page, and what has just moved."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rpc.rpc_pb2 import ListRankingResponse, RankingEntry

SHOWN_S = 2.5
"""How long a row that moved stays marked: time to see it."""
RATE_S = 5.0
"""Changes per second are those of so many seconds."""

Move = Literal["up", "down", "new", "score", ""]


class Mark(NamedTuple):
    """Why a row is highlighted, and until when."""

    move: Move
    ranks: int
    """How far it went."""
    until_s: float


NO_MARK = Mark("", 0, 0.0)


@dataclass(slots=True)
class State:
    """One board, as it was read last."""

    board: str
    page: ListRankingResponse
    marks: dict[str, Mark] = field(default_factory=dict)
    trouble: str = ""
    """Why nothing is heard at present; empty: all is well."""
    _changes: deque[tuple[float, int]] = field(default_factory=deque)

    def changed(self, count: int, now_s: float) -> None:
        """Note that *count* changes were told."""
        self._changes.append((now_s, count))

    def rate(self, now_s: float) -> float:
        """Return how many changes a second were told of late."""
        while self._changes and self._changes[0][0] <= now_s - RATE_S:
            self._changes.popleft()
        return sum(count for _, count in self._changes) / RATE_S

    def read(self, page: ListRankingResponse, now_s: float) -> None:
        """Take over *page*, marking what is not as it was."""
        same = page.period == self.page.period
        old = {e.user.user_id: e for e in self.page.entries} if same else {}
        kept = {u: m for u, m in self.marks.items() if m.until_s > now_s and same}
        fresh = {
            entry.user.user_id: Mark(*move, now_s + SHOWN_S)
            for entry in page.entries
            if same and (move := _move(old.get(entry.user.user_id), entry))
        }
        self.page, self.marks = page, kept | fresh

    def mark(self, user_id: str, now_s: float) -> Mark:
        """Return why the row of *user_id* is highlighted now."""
        mark = self.marks.get(user_id, NO_MARK)
        return mark if mark.until_s > now_s else NO_MARK


def _move(old: RankingEntry | None, new: RankingEntry) -> tuple[Move, int] | None:
    if old is None:
        return "new", 0
    if new.rank != old.rank:
        return ("up" if new.rank < old.rank else "down"), abs(new.rank - old.rank)
    return ("score", 0) if new.score != old.score else None
