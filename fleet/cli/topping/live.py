"""The live view: reads, draws, listens to keys and signals."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fleet.cli.out import colourful
from fleet.cli.topping.frame import frame
from fleet.cli.topping.pace import Pace
from fleet.cli.topping.poll import Poll
from fleet.cli.topping.snapshot import Event, Snapshot
from fleet.cli.topping.terminal import Terminal

_QUIT = b"qQ"
_LEAVING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128
"""And the number of the signal: the exit code that shells expect."""
_KEPT_EVENTS = 100


async def show(poll: Poll, every_s: float, env: Mapping[str, str]) -> int:
    """Show the fleet until somebody leaves, and return the exit code.

    Args:
        poll: Reads the pages.
        every_s: Seconds between two readings.
        env: May say NO_COLOR.

    Raises:
        FleetError: Nobody knows where the tasks are.
    """
    now = await poll()  # what fails at once should be read on the normal screen
    keys = sys.stdin.fileno() if sys.stdin.isatty() else None
    view = _View(Terminal(sys.stdout, keys), now, colourful(sys.stdout, env))
    reading = asyncio.create_task(view.follow(poll, every_s))
    try:
        with view.terminal.taken(), view.listening(keys):
            while view.code is None and not reading.done():
                view.draw()
                view.changed.clear()
                await view.changed.wait()
    finally:
        reading.cancel()
        await asyncio.wait([reading])
    if view.code is None:
        reading.result()  # raises what has ended it
    return view.code or 0


@dataclass(slots=True)
class _View:
    """What is shown, and what has been asked for."""

    terminal: Terminal
    now: Snapshot
    colours: bool
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=_KEPT_EVENTS))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    """To end with; None: not yet."""

    async def follow(self, poll: Poll, every_s: float) -> None:
        """Read again and again; without end but for an error."""
        pace = Pace(every_s)
        try:
            while True:
                await pace.wait()
                self.now = await poll()
                self.events += self.now.events
                self.changed.set()
        finally:
            self.changed.set()

    def draw(self) -> None:
        """Draw all of it, as large as the terminal is now."""
        columns, rows = self.terminal.size()
        lines = frame(self.now, tuple(self.events), columns, rows)
        self.terminal.draw(lines, colours=self.colours)

    @contextlib.contextmanager
    def listening(self, keys: int | None) -> Iterator[None]:
        """Take note of keys and signals for the length of the block."""
        loop = asyncio.get_running_loop()
        for number in _LEAVING:
            loop.add_signal_handler(number, self._end, _SIGNALLED + number)
        loop.add_signal_handler(signal.SIGWINCH, self.changed.set)
        loop.add_signal_handler(signal.SIGTSTP, self._pause)
        if keys is not None:
            loop.add_reader(keys, self._key, keys)
        try:
            yield
        finally:
            for number in (*_LEAVING, signal.SIGWINCH, signal.SIGTSTP):
                loop.remove_signal_handler(number)
            if keys is not None:
                loop.remove_reader(keys)

    def _key(self, keys: int) -> None:
        typed = b""
        with contextlib.suppress(OSError):
            typed = os.read(keys, 1024)
        if not typed or any(key in _QUIT for key in typed):  # nobody is there, or q
            self._end(0)

    def _end(self, code: int) -> None:
        self.code = code
        self.changed.set()

    def _pause(self) -> None:
        """Stop, as Ctrl-Z asks, with the terminal as it was."""
        self.terminal.leave()
        os.kill(os.getpid(), signal.SIGSTOP)  # goes on here, after `fg`
        self.terminal.take()
        self.changed.set()
