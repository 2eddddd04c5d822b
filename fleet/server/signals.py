"""SIGTERM and SIGINT, counted."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class Told:
    """What the process has been told so far."""

    to_leave: asyncio.Event = field(default_factory=asyncio.Event)
    to_end_now: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    """Exit code that says which signal ended us, as shells have it."""

    def receive(self, number: int) -> None:
        """Take one signal: the first asks, the second orders."""
        if self.to_leave.is_set():
            self.code = 128 + number
            self.to_end_now.set()
            _forget()
        self.to_leave.set()


@contextlib.contextmanager
def signals() -> Iterator[Told]:
    """Count signals for the length of the block; a third one kills."""
    told = Told()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, told.receive, number)
    try:
        yield told
    finally:
        _forget()


def _forget() -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
