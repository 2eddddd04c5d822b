"""The steps of a migration; each can be cut off and the whole begun again."""

import contextlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ranking.calendar import DAY_MS
from ranking.errors import AlreadyMigrating, StoreUnavailable
from ranking.migrate.adopt import Adopter
from ranking.migrate.original import Original, Unfit, parse
from ranking.migrate.report import Report, Skipped
from ranking.migrate.source import OriginalKey, Progress, Raw
from ranking.period import FOREVER_MS, period_at, period_named
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Store, Word
from ranking.zset import scripts
from ranking.zset.keys import Keys, order_word, ticket_name
from ranking.zset.shards import shard_keys

_BATCH = 500
_ASIDE_S = 86_400
"""What a broken-off migration has built goes away after a day."""


async def migrate(
    address: str,
    spec: BoardSpec,
    period: str,
    progress: Progress,
    options: StoreOptions | None = None,
) -> Report:
    """Turn the original's key of *period* into ours; readers see the one or the other.

    The original's writers must have been stopped before the end: their format means
    nothing to the new key. What they write while rows are read is taken over too.

    Args:
        address: Of the store.
        spec: The board.
        period: Its own name; empty: now.
        progress: Is told how far it is.
        options: Of the store.

    Raises:
        AlreadyMigrating: Somebody else is at it.
        StoreUnavailable: Begin again; nothing is lost.
        BadStore: What is wrong with the address or the store.
        BadValue: No period is called so.
    """
    now = int(time.time() * 1000)
    name = period_named(spec, period).name if period else period_at(spec, now).name
    async with open_store(address, options or StoreOptions()) as store:
        source = OriginalKey(spec, store, name)
        report = Report(source.name.decode())
        return await _Migration(spec, store, name, now, progress, report, source).run()


@dataclass(slots=True)
class _Migration:
    spec: BoardSpec
    store: Store
    period: str
    now_ms: int
    progress: Progress
    report: Report
    source: OriginalKey
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    seen: set[Raw] = field(default_factory=set)
    unfit: list[Raw] = field(default_factory=list)

    async def run(self) -> Report:
        """Build aside, put in place, then look again at what has changed meanwhile."""
        await self._hold()
        try:
            return await self._run()
        finally:
            # Not when the store is gone: it lets go of the lock itself.
            with contextlib.suppress(StoreUnavailable):
                await self.source.release()

    async def _hold(self) -> None:
        if not await self.source.hold(self.token):
            raise AlreadyMigrating(self.report.key)

    async def _run(self) -> Report:
        if await self.source.is_original():
            built = await self._build()
            await self._put_in_place()
        elif await self.source.is_moved():  # broken off here the last time
            built = self._adopter()
        else:
            self.report.already = True
            return self.report
        last = self._adopter()
        await self._look_again(last)
        self.report.users = len(built.users | last.users)
        self.report.merged = [*built.merged.values(), *last.merged.values()]
        await self._clean_up()
        return self.report

    def _adopter(self, keys: Sequence[Keys] = ()) -> Adopter:
        into = keys or shard_keys(self.spec, self.period)
        return Adopter(self.spec, self.store, self.period, into, self.now_ms)

    async def _build(self) -> Adopter:
        """Take over the rows while others read and write them.

        One sorted set is built aside and shown at once. The shards of a larger
        board cannot be: they fill while they are read.
        """
        aside = self.source.aside
        if self.spec.shards > 1:
            adopter = self._adopter()
        else:
            await self.source.command(b"UNLINK", *aside.rows)
            adopter = self._adopter((aside,))
        async for rows in self.source.pages(self.source.name, self._told(0)):
            await self._hold()
            await adopter.adopt([row for row, _ in self._fit(rows)])
            self.seen.update(rows)
            for key in aside.rows:
                await self.source.command(b"EXPIRE", key, _ASIDE_S)
        return adopter

    async def _put_in_place(self) -> None:
        if self.spec.shards > 1:
            await self.source.command(b"RENAME", self.source.name, self.source.moved)
            return
        ours, aside = shard_keys(self.spec, self.period)[0], self.source.aside
        names = (*ours.rows, self.source.moved, *aside.rows)
        args = (order_word(self.spec), self._left_ms())
        await self.store.write(scripts.FLIP, names, args)

    async def _look_again(self, adopter: Adopter) -> None:
        """Take over what was written while rows were read; nobody writes any more."""
        async for rows in self.source.pages(self.source.moved, self._told(1)):
            await self._hold()
            self.report.rows += len(rows)
            fit = self._fit(rows, self.report.skipped)
            await adopter.adopt([row for row, raw in fit if raw not in self.seen])

    def _fit(
        self, rows: Sequence[Raw], skipped: list[Skipped] | None = None
    ) -> list[tuple[Original, Raw]]:
        fit = []
        for raw in rows:
            try:
                fit.append((parse(self.spec, *raw), raw))
            except Unfit as error:
                if skipped is not None:
                    skipped.append(Skipped(raw[0].decode(errors="replace"), str(error)))
                    self.unfit.append(raw)
        return fit

    async def _clean_up(self) -> None:
        """Remove the original's rows, but for those that are nowhere else."""
        left, rest = self._left_ms(), self.source.rest
        for start in range(0, len(self.unfit), _BATCH):
            self.report.rest = rest.decode()
            words = [w for raw in self.unfit[start : start + _BATCH] for w in raw[::-1]]
            await self.source.command(b"ZADD", rest, *words)
        if left and self.unfit:
            await self.source.command(b"PEXPIRE", rest, left)
        if left and self.spec.shards > 1:
            await self._give_an_end(left)
        await self._hold()
        await self.source.command(b"UNLINK", self.source.moved)

    async def _give_an_end(self, left: Word) -> None:
        """Let the rows of several shards expire; one shard has it from its script."""
        shards = shard_keys(self.spec, self.period)
        ticket = ticket_name(self.spec, self.period)
        for key in (*(key for keys in shards for key in keys.rows), ticket):
            await self.store.command(key, b"PEXPIRE", key, left)

    def _left_ms(self) -> Word:
        """Return how long ours are kept: as if the period ended now, or longer."""
        end = period_named(self.spec, self.period).end_ms
        if end == FOREVER_MS or not self.spec.days_kept:
            return b""
        return max(0, end - self.now_ms) + self.spec.days_kept * DAY_MS

    def _told(self, half: int) -> Progress:
        return lambda done, total: self.progress(half * total + done, 2 * total)
