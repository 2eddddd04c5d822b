"""Single lookups by many callers, asked together in few scripts."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ranking.zset.shards import Shards

_FEW = 8
"""So many are asked at once, whatever is on its way."""
_MOST = 32
"""Users of one script: it holds the server for half a millisecond."""


class Found(NamedTuple):
    """What is known of one user; None where it is not on the board."""

    total: int
    record: bytes | None
    ahead: int
    better: int


Waiting = tuple[bytes, asyncio.Future[Found]]


@dataclass(slots=True)
class Lookups:
    """Finds users of one shard; many callers at a time cost little more than one.

    While an answer is on its way others wait for it: so the server works on one
    part of them while we work on the other.
    """

    shards: Shards
    _waiting: list[Waiting] = field(default_factory=list)
    _on_its_way: int = 0

    def find(self, user: bytes) -> asyncio.Future[Found]:
        """Begin to look for *user*; may fail as `Shards.users` does."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._ask)
        self._waiting.append((user, future))
        return future

    def _ask(self) -> None:
        waiting = self._waiting
        if not waiting or (self._on_its_way and len(waiting) > _FEW):
            return  # the answer that is on its way asks for more
        batch, self._waiting = waiting[:_MOST], waiting[_MOST:]
        self._on_its_way += 1
        # No task: the script must leave before our callers have their next turn.
        asked = self.shards.ask_users(self.shards.keys[0], [user for user, _ in batch])
        asked.add_done_callback(lambda reply: self._answered(batch, reply))

    def _answered(self, batch: list[Waiting], reply: asyncio.Future[Any]) -> None:
        self._on_its_way -= 1
        self._ask()
        try:
            total, flat = self.shards.read_users(reply.result())
        except Exception as error:  # noqa: BLE001 - each caller gets it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        records = zip(batch, flat[::3], flat[1::3], flat[2::3], strict=True)
        for (_, future), record, ahead, better in records:
            if not future.done():
                future.set_result(Found(total, record, ahead, better))
