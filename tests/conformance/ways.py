"""Every way to get a board; all of them are asked the same questions."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ranking.board import Board
from ranking.memory import MemoryBoard
from ranking.spec import BoardSpec
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Store
from ranking.zset.board import SortedSetBoard
from tests.support.stores import Running, cluster, server

Now = Callable[[], int]
"""Milliseconds since 1970, as the test says."""

Way = Callable[[BoardSpec, Now], AbstractAsyncContextManager[Board]]
"""Opens an empty board, which is nobody else's, for the length of a block."""

Clean = Callable[[], Awaitable[Store]]
"""Returns a store with nothing in it."""


@contextlib.asynccontextmanager
async def memory(spec: BoardSpec, now_ms: Now) -> AsyncIterator[Board]:
    """A board in this process."""
    yield MemoryBoard(spec, now_ms)


def sorted_sets(clean: Clean, shards: int) -> Way:
    """A board on a real server, or a real cluster."""

    @contextlib.asynccontextmanager
    async def way(spec: BoardSpec, now_ms: Now) -> AsyncIterator[Board]:
        store = await clean()
        yield SortedSetBoard(replace(spec, shards=shards), store, now_ms)

    return way


@dataclass
class Servers:
    """Started when the first test asks for one, and shared by all."""

    folder: Path
    stack: contextlib.AsyncExitStack
    _opened: dict[str, tuple[Store, list[Running]]] = field(default_factory=dict)

    def clean(self, kind: str) -> Clean:
        """Return how to get the store *kind*: valkey, redis or cluster."""

        async def clean() -> Store:
            if kind not in self._opened:
                self._opened[kind] = await self._open(kind)
            store, members = self._opened[kind]
            for member in members:
                await member.command("FLUSHALL")
            return store

        return clean

    async def _open(self, kind: str) -> tuple[Store, list[Running]]:
        if kind == "cluster":
            running = cluster(self.folder / kind)
            address, members = await self.stack.enter_async_context(running)
        else:
            program = shutil.which("redis-server") if kind == "redis" else ""
            one = server(self.folder / kind, program=program or "")
            members = [await self.stack.enter_async_context(one)]
            address = members[0].address
        opened = open_store(address, StoreOptions(allow_volatile=True))
        return await self.stack.enter_async_context(opened), members


WAYS = {
    "memory": ("", 1),
    "valkey": ("valkey", 1),
    "valkey, 4 shards": ("valkey", 4),
    "redis": ("redis", 1),
    "cluster": ("cluster", 1),
    "cluster, 4 shards": ("cluster", 4),
}
"""The kind of store, and the number of shards."""


def way(name: str, servers: Servers) -> Way:
    """Return the way *name*."""
    kind, shards = WAYS[name]
    return sorted_sets(servers.clean(kind), shards) if kind else memory
