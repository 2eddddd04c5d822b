"""When to make a new edition: a file, a backend or an operator has changed."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.gateway.edition import Traffic
from services.gateway.editions import Editions
from services.gateway.settings import GatewaySettings

log = logging.getLogger("gateway")

_LOOK_EVERY_S = 1.0


class Reloading:
    """Looks at files and backends once a second, and renews the edition."""

    def __init__(
        self, settings: GatewaySettings, editions: Editions, traffic: Traffic
    ) -> None:
        self._settings = settings
        self._editions = editions
        self._traffic = traffic
        self._files = [
            Path(name)
            for name in (settings.routes, settings.policy, settings.descriptors)
        ]
        self._seen = self._stamps()
        self._tasks = self._members()
        self._asked = time.monotonic()
        self._told = asyncio.Event()

    def now(self) -> None:
        """Ask and read everything anew, as SIGHUP does."""
        self._told.set()

    async def keep(self) -> None:
        """Renew whenever there is a reason, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._told.wait()
            except TimeoutError:
                pass
            try:
                await self._look()
            except Exception:
                log.exception("bug while reloading, the old edition stays")

    async def _look(self) -> None:
        told, stamps = self._told.is_set(), self._stamps()
        self._told.clear()
        changed = await self._ask() if told or self._due() else False
        if told or stamps != self._seen or changed:
            self._seen = stamps
            self._editions.renew()

    async def _ask(self) -> bool:
        """Ask the backends; tell whether they say something else than before."""
        self._asked = time.monotonic()
        before = self._editions.digests
        await self._editions.ask()
        return before != self._editions.digests

    def _due(self) -> bool:
        """Tell whether the backends should be asked: new tasks may serve more."""
        tasks = self._members()
        new, self._tasks = tasks - self._tasks, tasks
        return (
            bool(new)
            or not self._editions.settled
            or time.monotonic() - self._asked > self._settings.reflect_every_s
        )

    def _members(self) -> frozenset[str]:
        return frozenset(
            f"{target} {row.endpoint}"
            for target, backend in self._traffic.backends.items()
            for row in backend.channel.explain().rows
            if row.picked
        )

    def _stamps(self) -> Sequence[tuple[int, int] | None]:
        return [_stamp(path) for path in self._files]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@asynccontextmanager
async def on_hangup(told: Callable[[], None]) -> AsyncIterator[None]:
    """Call *told* on SIGHUP, for the length of the block."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, told)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
