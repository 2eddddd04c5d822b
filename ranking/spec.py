"""What a board is: its rules, fixed for its life."""

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

MOST = 2**53
"""The largest whole number that a sorted set's score, a double, holds exactly."""

PeriodKind = Literal["daily", "weekly", "monthly", "all-time"]
Operator = Literal["best", "latest", "sum", "min"]
Order = Literal["highest-first", "lowest-first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSpec:
    """One board as `boards.toml` declares it."""

    name: str
    """a-z, 0-9 and -, at most 32; part of its keys, in capitals."""
    period: PeriodKind = "daily"
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Where its days, ISO weeks and months begin."""
    operator: Operator = "best"
    """What becomes of a user's earlier score: the better one by *order* is kept,
    the latest, their sum, or the lowest."""
    order: Order = "highest-first"
    days_kept: int = 30
    """After its end a period stays this long; 0 and all-time: for ever."""
    grace_s: int = 300
    """Seconds after its end in which a period takes scores that occurred in it."""
    lowest: int = -MOST
    highest: int = MOST
    """Bounds of a score; of the total where the operator is sum."""
    grades: tuple[str, ...] = ()
    """Allowed grades, besides none; empty: any."""
    shards: int = 1
    """Sorted sets that the board is spread over, each in a slot of its own."""
    changes_kept: int = 10_000
    """Of each shard and period, for watchers that resume."""
    requests_kept_s: int = 3600
    """A request_id is remembered at least this long, at most twice."""

    @property
    def descending(self) -> bool:
        """Whether the highest score is the first."""
        return self.order == "highest-first"
