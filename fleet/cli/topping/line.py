"""A line of a terminal, and its colour."""

from typing import NamedTuple

BOLD, DIM, RED, YELLOW = "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[33m"
_END = "\x1b[0m"


class Line(NamedTuple):
    """One line, and the colour it has where there are colours."""

    paint: str
    text: str

    def written(self, *, colours: bool) -> str:
        """Return the line as the terminal gets it."""
        return f"{self.paint}{self.text}{_END}" if colours and self.paint else self.text
