"""Counting calls in a Redis, for several gateways together."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from ranking.errors import RankingError
from ranking.store.open import open_store
from ranking.store.options import StoreOptions
from ranking.store.store import Script, Store
from services.gateway.guard.memory import MemoryLimiter
from services.gateway.guard.rate import Limiter, Pace
from services.gateway.policy.policy import Rate

_log = logging.getLogger("services.gateway.guard")

_TAKE = Script(Path(__file__).with_name("take.lua").read_text(encoding="utf-8"))
_PREFIX = "gateway:rate:"
_OPTIONS = StoreOptions(
    allow_volatile=True,  # a restart gives everybody a whole burst, and no more
    connect_timeout_s=0.5,
    reply_timeout_s=0.25,  # every call waits for it
)


class StoreLimiter:
    """A `Limiter` whose counts are in a store.

    While the store is away each gateway counts for itself: the door neither closes
    nor stands open, though a client has a budget at each of them meanwhile.
    """

    __slots__ = ("_alone", "_away", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._alone = MemoryLimiter()
        self._away = False

    async def take(self, key: str, rate: Rate) -> float:
        """Count one call of *key*."""
        pace = Pace.of(rate)
        words = (pace.interval_us, pace.ahead_us)
        try:
            wait_us = await self._store.write(_TAKE, [_PREFIX + key], words)
        except RankingError as error:
            self._tell(error)
            return await self._alone.take(key, rate)
        self._tell(None)
        return int(wait_us) / 1e6

    def _tell(self, error: RankingError | None) -> None:
        if error is not None and not self._away:
            _log.warning("rates are counted by each gateway alone: %s", error)
        elif error is None and self._away:
            _log.warning("rates are counted in the store again")
        self._away = error is not None


@contextlib.asynccontextmanager
async def open_limiter(address: str, password: str = "") -> AsyncIterator[Limiter]:
    """Open where calls are counted, for the length of the block.

    Args:
        address: Of a Redis, as `open_store` takes it; empty: this process.
        password: For it, where the address has none.

    Raises:
        BadStore: The address is wrong, or the store cannot be used.
    """
    if not address:
        yield MemoryLimiter()
        return
    async with open_store(address, _OPTIONS, password=password) as store:
        yield StoreLimiter(store)
