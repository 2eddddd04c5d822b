"""A board on Redis."""

from collections.abc import AsyncGenerator, Callable, Sequence

from ranking import rules
from ranking.calendar import Calendar
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
from ranking.period import period_named
from ranking.spec import BoardSpec
from ranking.store.store import Store
from ranking.zset.erase import Eraser
from ranking.zset.hub import Hub
from ranking.zset.periods import Periods
from ranking.zset.reading import Reader
from ranking.zset.update import Updater
from ranking.zset.watch import watch


class SortedSetBoard:
    """The contract is `ranking.board.Board`; the keys are in `ranking.zset.keys`.

    Args:
        spec: The board's rules.
        store: Where it is.
        now_ms: A clock for tests; None: the store's own clock decides on periods.
    """

    def __init__(
        self, spec: BoardSpec, store: Store, now_ms: Callable[[], int] | None = None
    ) -> None:
        self.spec = spec
        self._periods = Periods(spec, store)
        self._calendar = Calendar(spec, now_ms)
        self._updater = Updater(spec, self._periods, self._calendar)
        self._hub = Hub(self._periods, self._calendar)

    async def update(self, submission: Submission) -> Updated:
        """Count a score."""
        return await self._updater.update(submission)

    async def page(self, period: str, size: int, after: Cursor | None = None) -> Page:
        """Return some rows."""
        rules.check_size(size)
        return await self._reader(period).page(size, after)

    async def standing(
        self, period: str, user_id: str, neighbours: int = 0
    ) -> Standing:
        """Return where a user stands."""
        rules.check_user_id(user_id, "user_id")
        rules.check_neighbours(neighbours)
        reader = self._reader(period)
        if neighbours:
            return await reader.around(user_id, neighbours)
        return await reader.standing(user_id)

    async def standings(self, period: str, user_ids: Sequence[str]) -> Standings:
        """Return where some users stand."""
        rules.check_user_ids(user_ids)
        return await self._reader(period).standings(user_ids)

    async def erase(self, user_id: str) -> int:
        """Forget a user."""
        rules.check_user_id(user_id, "user_id")
        return await Eraser(self._periods).erase(user_id)

    def watch(self, after: Position | None = None) -> AsyncGenerator[Change, None]:
        """Yield changes."""
        return watch(self._hub, after)

    def _reader(self, period: str) -> Reader:
        if period:
            name = period_named(self.spec, period).name
        else:
            name = self._calendar.at(self._calendar.now()).name
        return Reader(self._periods.lookups(name))
