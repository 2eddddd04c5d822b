"""Making a call until it succeeds: a server may be gone for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fleet.cli.boards.stub import PASSING, retry_after_s, status_of
from fleet.client.engine import RpcFailed
from fleet.errors import CallRefused

Answer = TypeVar("Answer")

GIVE_UP_S = 300.0
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 10.0


@dataclass(slots=True)
class Patience:
    """Shared by the calls of one command, so that all wait for the same server.

    The calls are ones that may be made twice.
    """

    give_up_s: float = GIVE_UP_S
    """Seconds without a single success."""
    on_wait: Callable[[str], None] = lambda _: None
    """Is told why, and for how long."""
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _since_s: float | None = field(default=None, init=False)
    """When the first of the failures happened that no success has followed."""

    async def call(self, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return what *make* answers in the end.

        Raises:
            RpcFailed: It is refused for good, or nothing has gone well for long.
            CallRefused: The same, where *make* has refused its own answer.
        """
        while True:
            try:
                answer = await make()
            except CallRefused as error:
                if error.status not in PASSING or self._over():
                    raise
                await self._wait(error.message, None)
            except RpcFailed as error:
                if status_of(error) not in PASSING or self._over():
                    raise
                reason = error.details() or status_of(error).name
                await self._wait(reason, retry_after_s(error))
            else:
                self._since_s = None
                return answer

    async def _wait(self, reason: str, asked_s: float | None) -> None:
        pause_s = min(max(asked_s or _PAUSE_S, 0.1), _LONGEST_PAUSE_S)
        self.on_wait(f"trying again in {pause_s:.1f} s: {reason}")
        await self.sleep(pause_s)

    def _over(self) -> bool:
        if self._since_s is None:
            self._since_s = self.now()
        return self.now() - self._since_s > self.give_up_s
