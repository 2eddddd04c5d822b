"""The contract of a board. Two stores keep it: memory, and Redis."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ranking.entry import (
    Change,
    Cursor,
    Page,
    Position,
    Standing,
    Standings,
    Submission,
    Updated,
)
from ranking.spec import BoardSpec

MOST_ROWS = 1000
"""Of one page, or one batch of users."""
MOST_NEIGHBOURS = 100


class Board(Protocol):
    """One leaderboard, through all of its periods.

    Where *period* is a parameter it is a period's own name, such as "20181016",
    and empty for the one that is now. Every method may raise `StoreUnavailable`,
    `NotMigrated` and, for an argument out of its bounds, `BadValue`.
    """

    @property
    def spec(self) -> BoardSpec:
        """The board's rules."""
        ...

    async def update(self, submission: Submission) -> Updated:
        """Count a score, whole or not at all; so is what is told of the profile.

        Raises:
            BadValue: A field of the submission; nothing was counted.
            OutOfPeriod: It occurred in a period that takes no more scores.
            TotalOutOfBounds: The sum would leave the bounds; nothing was added.
            NotDurable: Counted, but not confirmed as safe as was promised.
            StoreFull: Nothing was counted.
        """
        ...

    async def page(self, period: str, size: int, after: Cursor | None = None) -> Page:
        """Return up to *size* rows (1 to `MOST_ROWS`), from the top or after *after*.

        Rows whose score does not change are neither skipped nor repeated from
        page to page, whatever others do.
        """
        ...

    async def standing(
        self, period: str, user_id: str, neighbours: int = 0
    ) -> Standing:
        """Return where a user stands, with up to *neighbours* rows on either side.

        Raises:
            NotRanked: The user is not on the board.
        """
        ...

    async def standings(self, period: str, user_ids: Sequence[str]) -> Standings:
        """Return where up to `MOST_ROWS` users stand; a user counts once."""
        ...

    async def erase(self, user_id: str) -> int:
        """Forget a user in every period still kept; return in how many they were."""
        ...

    def watch(self, after: Position | None = None) -> AsyncGenerator[Change, None]:
        """Yield every change from now on, or after *after*, for ever.

        The first one has no entry; it tells where the watch begins. Periods
        follow each other, and a period's late scores are told as well. An open
        period that *after* does not name is told from its start if it is later than
        those named, and else from now.
        """
        ...
