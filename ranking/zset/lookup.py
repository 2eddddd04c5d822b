"""Single lookups of one turn of the event loop, asked together in one script."""

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from ranking.zset.shards import Placed, Shards

_MOST = 128
"""Users of one script: it holds the server for about half a millisecond."""


class Found(NamedTuple):
    """What is known of one user."""

    placed: Placed | None
    """None: not on the board."""
    total: int


@dataclass(slots=True)
class Lookups:
    """Finds users of one period; many callers at a time cost little more than one."""

    shards: Shards
    _waiting: list[tuple[bytes, asyncio.Future[Found]]] = field(default_factory=list)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)

    def find(self, user: bytes) -> asyncio.Future[Found]:
        """Begin to look for *user*; may fail as `Shards.users` does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._ask)
        self._waiting.append((user, future))
        return future

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), _MOST):
            asking = asyncio.create_task(self._answer(waiting[start : start + _MOST]))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    async def _answer(self, waiting: list[tuple[bytes, asyncio.Future[Found]]]) -> None:
        try:
            total, rows = await self.shards.users([user for user, _ in waiting])
        except Exception as error:  # noqa: BLE001 - each caller gets it
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        found = {placed.row.member[6:]: placed for placed in rows}
        for user, future in waiting:
            if not future.done():
                future.set_result(Found(found.get(user), total))
