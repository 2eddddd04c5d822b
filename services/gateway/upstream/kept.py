"""Answers that may be given again for a moment."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from services.gateway.gate import Reply

_MOST_BYTES = 16 * 1024 * 1024


class Kept:
    """Answers of reads, each for as long as its method allows; oldest go first."""

    def __init__(
        self,
        *,
        most_bytes: int = _MOST_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_bytes = most_bytes
        self._now = now
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[float, Reply]] = OrderedDict()
        self.hits = 0

    def get(self, key: Hashable) -> Reply | None:
        """Return the answer to *key* if it is still fresh."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, reply = found
        if until <= self._now():
            self._drop(key)
            return None
        self.hits += 1
        return reply

    def keep(self, key: Hashable, reply: Reply, seconds: float) -> None:
        """Give *reply* again for *seconds*."""
        if key in self._kept:
            self._drop(key)
        self._kept[key] = (self._now() + seconds, reply)
        self._bytes += len(reply.message)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        _, reply = self._kept.pop(key)
        self._bytes -= len(reply.message)
