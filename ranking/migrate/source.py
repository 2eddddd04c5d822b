"""The original's key: where it is, where it goes, and its rows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from ranking.spec import BoardSpec
from ranking.store.store import Store, Word
from ranking.zset.keys import Keys, original

LOCK_MS = 60_000
"""A migration that is broken off holds up the next one for so long."""
_BATCH = 500
"""Rows of one script: it holds the server for a few milliseconds."""

Progress = Callable[[int, int], None]
"""Is told how many rows are done, of how many."""
Raw = tuple[bytes, bytes]
"""A member and its score, as text."""


@dataclass(frozen=True, slots=True)
class OriginalKey:
    """The original's rows of one period."""

    spec: BoardSpec
    store: Store
    period: str

    @property
    def keys(self) -> Keys:
        """Of a board of ours with the same name."""
        return original(self.spec, self.period)

    @property
    def name(self) -> bytes:
        """The key, which is our own board's too."""
        return self.keys.ranked

    @property
    def moved(self) -> bytes:
        """Where the rows go when ours take their place."""
        return self.keys.aside

    @property
    def rest(self) -> bytes:
        """Where the rows stay when some of them could not be taken over."""
        return self.keys.rest

    @property
    def aside(self) -> Keys:
        """Where ours are built: in the same slot, so that they can be renamed."""
        n = b"{%b}:N" % self.name
        return Keys(n, n + b"R", n + b"M", n + b"T", n + b"S", (n + b"I0", n + b"I1"))

    async def hold(self, token: str) -> bool:
        """Take the migration's lock, or keep it; return whether *token* has it.

        Two at a time would each throw away what the other has built.
        """
        lock = self._lock
        taken = await self.command(b"SET", lock, token, b"NX", b"PX", LOCK_MS)
        if not taken and await self.command(b"GET", lock) != token.encode():
            return False
        await self.command(b"PEXPIRE", lock, LOCK_MS)
        return True

    async def release(self) -> None:
        """Give the lock back."""
        await self.command(b"UNLINK", self._lock)

    @property
    def _lock(self) -> bytes:
        return b"{%b}:lock" % self.name

    async def command(self, *words: Word) -> Any:  # noqa: ANN401 - any reply
        """Run a command on the node that has the key."""
        return await self.store.command(self.name, *words)

    async def is_original(self) -> bool:
        """Tell whether the key holds the original's rows."""
        there = await self.command(b"EXISTS", self.name)
        return bool(there) and not await self.command(b"EXISTS", self.keys.meta)

    async def is_moved(self) -> bool:
        """Tell whether a migration was broken off after ours had taken the place."""
        return bool(await self.command(b"EXISTS", self.moved))

    async def pages(self, key: bytes, progress: Progress) -> AsyncIterator[list[Raw]]:
        """Yield the rows of *key* in the order that the original showed them.

        Rows that move meanwhile may come twice, or not: look again at the end.
        """
        command = b"ZREVRANGE" if self.spec.descending else b"ZRANGE"
        total, done = int(await self.command(b"ZCARD", key)), 0
        while True:
            last = done + _BATCH - 1
            flat = await self.command(command, key, done, last, b"WITHSCORES")
            if not flat:
                return
            yield list(zip(flat[::2], flat[1::2], strict=True))
            done += len(flat) // 2
            progress(min(done, total), total)
