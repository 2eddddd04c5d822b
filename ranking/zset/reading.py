"""Pages, standings and batches: rows of all shards, merged and numbered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ranking.entry import Cursor, Entry, Page, Standing, Standings
from ranking.errors import NotRanked
from ranking.zset.lookup import Lookups
from ranking.zset.record import Row, cursor, entry, entry_of, member
from ranking.zset.shards import Placed, Shards, Window


def _order(row: Row) -> tuple[int, bytes]:
    return row.score, row.member


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one period of a board."""

    lookups: Lookups

    @property
    def shards(self) -> Shards:
        """Of the period."""
        return self.lookups.shards

    async def page(self, size: int, after: Cursor | None) -> Page:
        """Return up to *size* rows after *after*; see `Board.page`."""
        spec = self.shards.spec
        place = (b"", b"")
        if after:
            tie = member(after, descending=spec.descending)
            place = (b"%d" % after.score, tie)
        # One more than asked for tells whether there is a next page; and the row
        # at the place itself, if it still stands there, was on the page before.
        windows = await self.shards.windows(0, size + 2, place)
        rows, ahead = self._merged(w.rows for w in windows), sum(w.at for w in windows)
        if after and rows and rows[0].member == place[1]:
            rows, ahead = rows[1:], ahead + 1
        entries = await self._numbered(rows[:size], ahead, windows)
        more = len(rows) > size
        last = rows[size - 1] if more else None
        following = cursor(last, descending=spec.descending) if last else None
        total, seqs = sum(w.total for w in windows), (w.seq for w in windows)
        position = dict(zip(self.shards.feeds, seqs, strict=True))
        return Page(entries, total, self.shards.period, following, position)

    async def standing(self, user_id: str) -> Standing:
        """Return a user's row; see `Board.standing`."""
        if self.shards.spec.shards > 1:
            entries, total, period = await self.standings([user_id])
            if not entries:
                raise NotRanked(user_id, self.shards.spec.name, period)
            return Standing(entries[0], (), total, period)
        total, record, ahead, better = await self.lookups.find(user_id.encode())
        if record is None:
            raise NotRanked(user_id, self.shards.spec.name, self.shards.period)
        own = entry_of(user_id, record, ahead + 1, better + 1)
        return Standing(own, (), total, self.shards.period)

    async def around(self, user_id: str, neighbours: int) -> Standing:
        """Return a user's row among its neighbours; see `Board.standing`."""
        user = user_id.encode()
        own = self.shards.of(user)
        found = await self.shards.window(own, neighbours, neighbours + 1, user=user)
        if found is None:
            raise NotRanked(user_id, self.shards.spec.name, self.shards.period)
        own_row = found.rows[found.at - found.first]
        windows = [found]
        if len(self.shards.keys) > 1:
            place = (b"%d" % own_row.score, own_row.member)
            windows = await self.shards.windows(neighbours, neighbours + 1, place)
        return await self._around(own_row, windows, neighbours)

    async def _around(
        self, own: Row, windows: Sequence[Window], neighbours: int
    ) -> Standing:
        above = self._merged(w.rows[: w.at - w.first] for w in windows)
        below = self._merged(w.rows[w.at - w.first :] for w in windows)
        # On several shards the user may have moved since its own row was read.
        user = own.member[6:]
        above = [row for row in above if row.member[6:] != user]
        below = [row for row in below if row.member[6:] != user]
        above = above[max(0, len(above) - neighbours) :]
        rows = [*above, own, *below[:neighbours]]
        ahead = sum(w.at for w in windows) - len(above)
        entries = await self._numbered(rows, ahead, windows)
        return Standing(
            entries[len(above)],
            entries,
            sum(w.total for w in windows),
            self.shards.period,
        )

    async def standings(self, user_ids: Sequence[str]) -> Standings:
        """Return the rows of some users, best first; see `Board.standings`."""
        users = [user.encode() for user in dict.fromkeys(user_ids)]
        total, placed = await self.shards.users(users)
        entries = tuple(
            entry(p.row, p.ahead + 1, p.better + 1) for p in self._sorted(placed)
        )
        return Standings(entries, total, self.shards.period)

    def _sorted(self, placed: Iterable[Placed]) -> list[Placed]:
        down = self.shards.spec.descending
        return sorted(placed, key=lambda p: _order(p.row), reverse=down)

    def _merged(self, rows: Iterable[Sequence[Row]]) -> list[Row]:
        """Put the rows of all shards into the board's order."""
        shards = list(rows)
        if len(shards) == 1:
            return list(shards[0])
        everything = [row for shard in shards for row in shard]
        down = self.shards.spec.descending
        return sorted(everything, key=_order, reverse=down)

    async def _numbered(
        self, rows: Sequence[Row], ahead: int, windows: Sequence[Window]
    ) -> tuple[Entry, ...]:
        """Give *rows*, which stand together, their ranks; *ahead* is before them."""
        if not rows:
            return ()
        shared = 1 + await self._better(rows[0], ahead, windows)
        entries, score = [], rows[0].score
        for rank, row in enumerate(rows, ahead + 1):
            if row.score != score:
                shared, score = rank, row.score
            entries.append(entry(row, rank, shared))
        return tuple(entries)

    async def _better(self, first: Row, ahead: int, windows: Sequence[Window]) -> int:
        """Return how many rows of the board have a better score than *first*."""
        if not ahead:
            return 0
        if len(windows) > 1:
            [placed] = await self.shards.everywhere([first])
            return placed.better
        # The window begins with this row, or with the one just before it.
        same_score = windows[0].rows[0].score == first.score
        return windows[0].better if same_score else ahead
