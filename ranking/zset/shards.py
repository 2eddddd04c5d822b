"""The shards of one period of a board, and the questions that go to all of them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ranking.errors import NotMigrated, StoreUnavailable
from ranking.spec import BoardSpec
from ranking.store.store import Store, Word
from ranking.zset import scripts
from ranking.zset.keys import Keys, index_name, keys, order_word, shard_of
from ranking.zset.record import Row, row

log = logging.getLogger(__name__)

_TRIES = 20
"""Each puts a page of rows aside that are none of ours."""


class Window(NamedTuple):
    """Some neighbouring rows of one shard, in order."""

    total: int
    seq: int
    """The last change that these rows know of."""
    at: int
    """Rows of the shard that stand before the place asked for."""
    first: int
    """Rows of the shard that stand before the first row."""
    better: int
    """Rows of the shard with a better score than the first row's."""
    rows: list[Row]


class Placed(NamedTuple):
    """A row, and what stands before it on some shards."""

    row: Row
    ahead: int
    better: int


def shard_keys(spec: BoardSpec, period: str) -> tuple[Keys, ...]:
    """Return the keys of every shard of *period*."""
    return tuple(keys(index_name(spec, period, n)) for n in range(spec.shards))


@dataclass(slots=True)
class Shards:
    """One period's shards: each answers for itself, and together they are exact.

    Attributes:
        keys: Of each shard.
        feeds: The names of the shards' changes, as positions have them.
        order: What every script gets first.
    """

    spec: BoardSpec
    store: Store
    period: str
    keys: tuple[Keys, ...] = field(init=False)
    feeds: tuple[str, ...] = field(init=False)
    order: Word = field(init=False)

    def __post_init__(self) -> None:
        count, period = self.spec.shards, self.period
        self.keys = shard_keys(self.spec, period)
        several = tuple(f"{period}/{number}" for number in range(count))
        self.feeds = several if count > 1 else (period,)
        self.order = order_word(self.spec)

    def of(self, user: bytes) -> Keys:
        """Return the keys of the shard that has *user*."""
        return self.keys[shard_of(self.spec, user)]

    async def window(
        self, key: Keys, before: int, size: int, *, user: bytes = b"",
        place: tuple[bytes, bytes] = (b"", b""),
    ) -> Window | None:  # fmt: skip
        """Return rows around *user* or *place*, or from the top.

        None: the user is not on this shard.
        """
        args = (self.order, user, *place, before, size)
        for _ in range(_TRIES):
            reply = await self.store.read(scripts.WINDOW, key.rows, args)
            if reply[0] != b"strange":
                break
            await self._put_aside(key, reply[1:])
        if reply[0] == b"original":
            raise NotMigrated(key.ranked.decode())
        if reply[0] == b"unknown":
            return None
        if reply[0] == b"strange":
            raise StoreUnavailable(f"strangers write to {key.ranked.decode()}", 1.0)
        _, total, seq, at, first, better, members, records = reply
        rows = [row(m[6:], r) for m, r in zip(members, records, strict=True)]
        return Window(total, int(seq), at, first, better, rows)

    async def _put_aside(self, key: Keys, rows: Sequence[bytes]) -> None:
        """Move rows that the original's code has written among ours to a key of theirs.

        Left where they are they would count in every rank.
        """
        args = (self.order, *rows)
        left = await self.store.write(scripts.ASIDE, (*key.rows, key.aside), args)
        log.error(
            "%s: %d rows of the original system are among ours; put aside in %s, which"
            " has %d: stop its writers, then: fleet ranking migrate",
            *(key.ranked.decode(), len(rows), key.aside.decode(), left),
        )

    async def windows(
        self, before: int, size: int, place: tuple[bytes, bytes] = (b"", b"")
    ) -> list[Window]:
        """Return the rows around *place* of every shard."""
        asked = (self.window(key, before, size, place=place) for key in self.keys)
        return [window for window in await asyncio.gather(*asked) if window]

    async def users(self, users: Sequence[bytes]) -> tuple[int, list[Placed]]:
        """Return how many rows there are, and *users*' as placed on all shards."""
        groups: dict[Keys, list[bytes]] = {key: [] for key in self.keys}
        for user in users:
            groups[self.of(user)].append(user)
        answers = await asyncio.gather(
            *(self._users(key, group) for key, group in groups.items())
        )
        found = [placed for _, rows in answers for placed in rows]
        if len(answers) > 1:
            found = await self.everywhere([placed.row for placed in found])
        return sum(total for total, _ in answers), found

    async def _users(
        self, key: Keys, users: Sequence[bytes]
    ) -> tuple[int, list[Placed]]:
        total, flat = self.read_users(await self.ask_users(key, users))
        found = zip(users, flat[::3], flat[1::3], flat[2::3], strict=True)
        return total, [Placed(row(u, r), at, better) for u, r, at, better in found if r]

    def ask_users(self, key: Keys, users: Sequence[bytes]) -> asyncio.Future[Any]:
        """Begin to ask the shard *key* for *users*; `read_users` reads the reply."""
        return self.store.read(scripts.USERS, key.rows, (self.order, *users))

    def read_users(self, reply: Sequence[Any]) -> tuple[int, Sequence[Any]]:
        """Return the total, and of each user the record and two numbers, or Nones."""
        if reply[0] == b"original":
            raise NotMigrated(self.keys[0].ranked.decode())
        return reply[1], reply[2:]

    async def everywhere(self, rows: Sequence[Row]) -> list[Placed]:
        """Return *rows* with what stands before them on all shards together."""
        places = [(b"%d" % row.score, row.member) for row in rows]
        counts = (await self.places(places))[1]
        return [Placed(row, *at) for row, at in zip(rows, counts, strict=True)]

    async def places(
        self, places: Sequence[tuple[bytes, bytes]], without: Keys | None = None
    ) -> tuple[int, list[tuple[int, int]]]:
        """Return the total, and the rows before each place and with a better score.

        Args:
            places: Scores and members, which need not exist.
            without: A shard that is not asked.
        """
        words = [word for place in places for word in place]
        answers = await asyncio.gather(
            *(
                self.store.read(scripts.PLACES, key.rows, (self.order, *words))
                for key in self.keys
                if key is not without
            )
        )
        sums = [sum(column) for column in zip(*(a[1] for a in answers), strict=True)]
        pairs = list(zip(sums[::2], sums[1::2], strict=True))
        return sum(a[0] for a in answers), pairs or [(0, 0)] * len(places)
