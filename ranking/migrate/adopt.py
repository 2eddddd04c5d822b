"""Writing the original's rows, a batch a script, and noticing who had several."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ranking.migrate.original import Original
from ranking.migrate.report import Merged
from ranking.spec import BoardSpec
from ranking.store.store import Store, Word
from ranking.zset import scripts
from ranking.zset.keys import Keys, order_word, shard_of, ticket_name
from ranking.zset.record import profile


@dataclass(slots=True)
class Adopter:
    """Takes rows over into *keys*, one of each shard."""

    spec: BoardSpec
    store: Store
    period: str
    keys: Sequence[Keys]
    now_ms: int
    users: set[str] = field(default_factory=set)
    merged: dict[str, Merged] = field(default_factory=dict)

    async def adopt(self, rows: Sequence[Original]) -> None:
        """Take over *rows*, best first: equal scores keep their order."""
        groups: dict[int, list[Original]] = {}
        for row in rows:
            shard = shard_of(self.spec, row.user.user_id.encode())
            groups.setdefault(shard, []).append(row)
        for shard, group in groups.items():
            await self._adopt(self.keys[shard], group)

    async def _adopt(self, keys: Keys, rows: Sequence[Original]) -> None:
        words: list[Word] = []
        for user, score in rows:
            words += [user.user_id, score, profile(user)]
        head = (order_word(self.spec), self.now_ms)
        args = (*head, await self._tickets(len(rows)), *words)
        answers = await self.store.write(scripts.ADOPT, keys.rows, args)
        for row, old, kept in zip(rows, answers[::2], answers[1::2], strict=True):
            user_id = row.user.user_id
            # The same row again, of a migration that was broken off, is none of two.
            same = user_id not in self.users and old == b"%d" % row.score
            if old is not None and not same:
                self._merge(row, int(old), int(kept))
            self.users.add(user_id)

    def _merge(self, row: Original, old: int, kept: int) -> None:
        user_id = row.user.user_id
        known = self.merged.get(user_id, Merged(user_id, (old,), old))
        self.merged[user_id] = Merged(user_id, (*known.scores, row.score), kept)

    async def _tickets(self, count: int) -> Word:
        """Draw arrival numbers, where the shards share a counter."""
        if self.spec.shards == 1:
            return b""
        key = ticket_name(self.spec, self.period)
        last = await self.store.command(key, b"INCRBY", key, count)
        return int(last) - count + 1
