"""A terminal that is ours for a while: its other screen, its keys."""

import contextlib
import os
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from fleet.cli.topping.line import Line

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"
"""The alternate screen, no cursor, no folding of long lines."""
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"


class Terminal:
    """Draws on the alternate screen, and gets keys as they are typed.

    Ctrl-C stays the signal that it is.

    Args:
        stream: What it draws on, a terminal.
        keys: The file descriptor of the terminal that keys come from; they are not
            echoed. None: there are none.
    """

    def __init__(self, stream: TextIO = sys.stdout, keys: int | None = None) -> None:
        self._stream = stream
        self._keys = keys
        self._modes: list[Any] | None = None

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Have it for the length of the block, and leave it as it was."""
        self.take()
        try:
            yield
        finally:
            self.leave()

    def take(self) -> None:
        """Switch to our screen and keys."""
        if self._keys is not None:
            self._modes = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys)
        self._write(_ENTER)

    def leave(self) -> None:
        """Switch back; a terminal that has gone away needs nothing."""
        with contextlib.suppress(OSError, termios.error):
            self._write(_LEAVE)
        with contextlib.suppress(OSError, termios.error):
            if self._keys is not None and self._modes is not None:
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._modes)

    def size(self) -> os.terminal_size:
        """Return its columns and lines now."""
        return os.get_terminal_size(self._stream.fileno())

    def draw(self, lines: Sequence[Line], *, colours: bool) -> None:
        """Replace what is shown by *lines*: one at least, and no more than it has."""
        # Cleared before they are written: after a full line the cursor is on its end.
        clears = [*[_CLEAR_LINE] * (len(lines) - 1), _CLEAR_BELOW]
        texts = (line.written(colours=colours) for line in lines)
        body = "\r\n".join(map("".join, zip(clears, texts, strict=True)))
        self._write(f"{_HOME}{body}")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
