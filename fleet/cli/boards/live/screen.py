"""A few lines of a terminal that are drawn again and again in the same place."""

import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from fleet.cli.boards.live.frame import Line, Size
from fleet.cli.boards.text import width

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_CLEAR_LINE, _CLEAR_BELOW = "\x1b[K", "\x1b[J"


class Screen:
    """Draws at the cursor and leaves it below, so what was there is kept.

    Whatever it switches it switches back in the same write: however the command
    ends, Ctrl-C or worse, the terminal is as it was.
    """

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._drawn: tuple[Sequence[Line], int] = ((), 0)

    @staticmethod
    def size() -> Size:
        """Return the terminal's size now."""
        columns, lines = shutil.get_terminal_size()
        return Size(columns, lines)

    def draw(self, lines: Sequence[Line], columns: int, *, colours: bool) -> None:
        """Replace what was drawn before, in a terminal of so many *columns*."""
        if (lines, columns) == self._drawn:
            return
        # A terminal that became narrower has folded the lines of the last time.
        widths = [width(line.text) for line in self._drawn[0]]
        up = sum(max(1, -(-cells // columns)) for cells in widths)
        # Cleared before it is written: after a full line the cursor is on its end.
        body = "".join(f"{_CLEAR_LINE}{x.written(colours=colours)}\n" for x in lines)
        back = f"\x1b[{up}A\r" if up else "\r"
        self._stream.write(f"{_HIDE}{_NO_WRAP}{back}{body}{_CLEAR_BELOW}{_WRAP}{_SHOW}")
        self._stream.flush()
        self._drawn = (lines, columns)
