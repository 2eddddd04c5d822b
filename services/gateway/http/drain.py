"""Leaving without losing a request."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from fleet.server.leaving import unless
from fleet.server.settings import ServerSettings
from services.gateway.http.listening import Listening
from services.gateway.http.protocol import Connection
from services.gateway.http.readiness import Readiness
from services.gateway.http.shared import Shared

log = logging.getLogger("gateway.server")

_CANCEL_S = 1.0
"""That a cancelled request has, to say that it was cancelled."""


class Drain:
    """The steps, each of which a second signal cuts short.

    1. `/readyz` says no, and balancers go elsewhere; every answer says
       `connection: close`, and callers with an open connection go elsewhere too;
    2. requests keep being answered for `linger_s`, while all of them notice;
    3. nobody new is accepted but those who are connected already, streams are told
       to end, requests in flight get `grace_s` to finish, then are cancelled.
    """

    def __init__(
        self,
        listening: Listening,
        shared: Shared,
        settings: ServerSettings,
        ready: Readiness,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.hurried = asyncio.Event()
        """Set to skip what is left of linger and grace."""
        self._listening = listening
        self._shared = shared
        self._settings = settings
        self._ready = ready
        self._sleep = sleep

    async def run(self) -> None:
        """Go through all steps; nothing runs and nothing is open afterwards."""
        try:
            log.info("draining: /readyz says no")
            self._announce()
            await unless(self.hurried, self._sleep(self._settings.linger_s))
            grace_s = self._settings.grace_s
            log.info("closing: requests in flight have %g s", grace_s)
            await self._close()
            await unless(self.hurried, self._empty(grace_s))
        finally:
            await self._end()
            log.info("closed")

    def _announce(self) -> None:
        self._ready.serving = False
        self._shared.draining = True
        for connection in self._connections():
            connection.announce()

    async def _close(self) -> None:
        self._shared.closing = True
        await self._listening.close()
        for connection in self._connections():
            connection.shutdown()
        self._ready.ended.set()

    async def _end(self) -> None:
        self._shared.closing = True
        await self._listening.close()
        self._ready.ended.set()
        for connection in self._connections():
            connection.end()
        await self._empty(_CANCEL_S)
        self._shared.closed = True
        for connection in self._connections():
            connection.transport.abort()
        while tasks := self._shared.tasks:
            await asyncio.wait(set(tasks), timeout=_CANCEL_S)
            for task in tasks:
                task.cancel()

    def _connections(self) -> list[Connection]:
        return cast("list[Connection]", list(self._shared.connections))

    async def _empty(self, limit_s: float) -> None:
        """Wait until the last connection is closed and the last task has ended."""
        try:
            async with asyncio.timeout(limit_s):
                await self._shared.empty.wait()
                while tasks := self._shared.tasks:
                    await asyncio.wait(set(tasks))
        except TimeoutError:
            log.info("%d connections are still open", len(self._shared.connections))
