"""Forgetting a user: rows, and the traces in the changes that are still kept."""

import re
from dataclasses import dataclass
from typing import Any

from ranking.errors import NotMigrated
from ranking.store.store import Word
from ranking.zset import scripts
from ranking.zset.keys import Keys, original, pattern, period_in
from ranking.zset.periods import Periods
from ranking.zset.shards import Shards

_BATCH = 500
_GLOB = re.compile(rb"[*?\[\]\\^-]")


@dataclass(frozen=True, slots=True)
class Eraser:
    """Forgets users on one board, in every period that the store still has."""

    periods: Periods

    async def kept(self) -> list[str]:
        """Return the periods that the store has, in the order of their names."""
        spec = self.periods.spec
        found = await self.periods.store.scan(pattern(spec))
        return sorted({p for key in found if (p := period_in(spec, key))})

    async def erase(self, user_id: str) -> int:
        """Forget *user_id*; return in how many periods it was."""
        user, erased = user_id.encode(), 0
        for period in await self.kept():
            shards = self.periods[period]
            erased += await self._row(shards, user)
            await self._traces(shards.of(user), user)
            await self._originals(user, period)
        return erased

    async def _row(self, shards: Shards, user: bytes) -> int:
        key, args = shards.of(user), (shards.order, user, shards.spec.changes_kept)
        reply = await self.periods.store.write(scripts.ERASE, key.all, args)
        if reply == b"original":
            raise NotMigrated(key.ranked.decode())
        return int(reply)

    async def _traces(self, key: Keys, user: bytes) -> None:
        """Remove what the change stream says of *user*, in small steps."""
        start = b"-"
        while True:
            entries = await self._command(
                b"XRANGE", key.changes, start, b"+", b"COUNT", _BATCH
            )
            about = [number for number, fields in entries if _is_about(fields, user)]
            if about:
                await self._command(b"XDEL", key.changes, *about)
            if len(entries) < _BATCH:
                return
            start = b"(" + entries[-1][0]

    async def _originals(self, user: bytes, period: str) -> None:
        """Remove what a migration has left, or not yet taken over, of *user*."""
        keys, match = (
            original(self.periods.spec, period),
            _GLOB.sub(rb"\\\g<0>", user) + b":*",
        )
        for key in (keys.aside, keys.rest):
            cursor = b"0"
            while True:
                cursor, flat = await self._command(
                    b"ZSCAN", key, cursor, b"MATCH", match, b"COUNT", _BATCH
                )
                if flat:
                    await self._command(b"ZREM", key, *flat[::2])
                if cursor == b"0":
                    break

    async def _command(self, name: bytes, key: bytes, *words: Word) -> Any:  # noqa: ANN401 - any reply
        return await self.periods.store.command(key, name, key, *words)


def _is_about(fields: list[bytes], user: bytes) -> bool:
    return fields[:2] == [b"u", user]
