"""The truth about a board in a few slow lines: a list, sorted anew for each question.

Shares nothing with any board but the words for what goes in and comes out.
"""

from dataclasses import dataclass, field

from ranking.entry import Entry, User
from ranking.errors import NotRanked, RankingError, TotalOutOfBounds
from ranking.spec import BoardSpec


@dataclass
class Kept:
    """What the model knows of one user."""

    user: User
    score: int
    arrival: int
    achieved_ms: int


@dataclass
class Model:
    """One period of one board."""

    spec: BoardSpec
    kept: list[Kept] = field(default_factory=list)
    requests: dict[tuple[str, str], bool] = field(default_factory=dict)
    arrivals: int = 0

    def report(
        self, user: User, score: int, request_id: str, now_ms: int
    ) -> tuple[bool, bool] | type[RankingError]:
        """Return (changed, replayed), or the error."""
        key = user.user_id, request_id
        found = self.find(user.user_id)
        if request_id and key in self.requests:
            return (self.requests[key], True) if found else NotRanked
        wanted = self._wanted(found.score if found else None, score)
        if not self.spec.lowest <= wanted <= self.spec.highest:
            return TotalOutOfBounds
        changed = found is None or found.score != wanted
        if found is None:
            found = Kept(user, wanted, 0, 0)
            self.kept.append(found)
        if changed:
            self.arrivals += 1
            found.score, found.arrival = wanted, self.arrivals
            found.achieved_ms = now_ms
        name, grade = user.name or found.user.name, user.grade or found.user.grade
        found.user = User(user.user_id, name, grade)
        if request_id:
            self.requests[key] = changed
        return changed, False

    def erase(self, user_id: str) -> int:
        """Return how many rows went."""
        before = len(self.kept)
        self.kept = [kept for kept in self.kept if kept.user.user_id != user_id]
        return before - len(self.kept)

    def find(self, user_id: str) -> Kept | None:
        """Return what is known of a user."""
        return next((k for k in self.kept if k.user.user_id == user_id), None)

    def entries(self) -> list[Entry]:
        """Return every row, best first."""
        sign = -1 if self.spec.order == "highest-first" else 1
        ordered = sorted(self.kept, key=lambda k: (sign * k.score, k.arrival))
        scores = [k.score for k in ordered]
        return [
            Entry(k.user, k.score, rank, scores.index(k.score) + 1, k.achieved_ms)
            for rank, k in enumerate(ordered, 1)
        ]

    def _wanted(self, before: int | None, score: int) -> int:
        match self.spec.operator, self.spec.order:
            case "sum", _:
                return (before or 0) + score
            case _ if before is None:
                return score
            case "best", "highest-first":
                return max(before, score)
            case ("best", "lowest-first") | ("min", _):
                return min(before, score)
        return score
