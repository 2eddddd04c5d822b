"""One call that comes unless it is stopped."""

import asyncio
from collections.abc import Callable


class Timer:
    """Can be started and stopped any number of times; a new start replaces."""

    __slots__ = ("_call", "_handle", "_loop")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._call = call
        self._handle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether the call is still to come."""
        return self._handle is not None

    def start(self, delay_s: float) -> None:
        """Call in *delay_s* seconds."""
        self.stop()
        self._handle = self._loop.call_later(delay_s, self._due)

    def stop(self) -> None:
        """Call no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _due(self) -> None:
        self._handle = None
        self._call()
