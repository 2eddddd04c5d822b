"""Drawing a live view: from what it knows to lines, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fleet.cli.boards.entries import HEAD, NUMBERS, cells
from fleet.cli.boards.live.state import Mark, State
from fleet.cli.boards.text import fit, pad, safe, width

_DIM, _BOLD, _END = "\x1b[2m", "\x1b[1m", "\x1b[0m"
_COLOURS = {
    "up": "\x1b[1;32m",
    "down": "\x1b[31m",
    "new": "\x1b[1;36m",
    "score": "\x1b[1;33m",
    "": "",
}
_SIGNS = {"up": "▲", "down": "▼", "new": "★", "score": "●", "": ""}
_GAP = 2
_MARK_CELLS = 4
"""Of the column of arrows: an arrow and up to three digits."""
_MOST_CELLS = 24
"""Of one column of text that others wrote."""
_DROPPED = ((1,), (1, 6), (1, 4, 6), (1, 3, 4, 6))
"""Columns that a narrower and narrower terminal goes without: the shared rank,
the time, the grade, the name."""
_CHROME = 3
"""Lines that are not rows: title, head, and where the cursor stands."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells."""

    columns: int
    lines: int


class Line(NamedTuple):
    """One line, and the colour it has where there are colours."""

    paint: str
    text: str

    def written(self, *, colours: bool) -> str:
        """Return the line as the terminal gets it."""
        paint = self.paint if colours else ""
        return f"{paint}{self.text}{_END}" if paint else self.text


def frame(state: State, now_s: float, size: Size) -> list[Line]:
    """Return the lines of a live view, none wider than the terminal.

    Args:
        state: What is known.
        now_s: On the clock of the state's marks.
        size: Lines beyond its height are left out, or they could not be redrawn.
    """
    entries = state.page.entries[: max(size.lines - _CHROME, 0)]
    marks = [state.mark(entry.user.user_id, now_s) for entry in entries]
    rows = [HEAD, *map(cells, entries)]
    drawn = _table([[_cell(cell) for cell in row] for row in rows], marks, size)
    paints = [_DIM, *(_COLOURS[mark.move] for mark in marks)]
    lines = [Line(_BOLD, fit(_title(state, now_s), size.columns))]
    lines += map(Line, paints, drawn)
    if not entries and size.lines > _CHROME:
        lines.append(Line(_DIM, fit("nobody is on this board yet", size.columns)))
    return lines


def _title(state: State, now_s: float) -> str:
    page = state.page
    users = "user" if page.total == 1 else "users"
    news = f"{state.rate(now_s):.1f} changes/s here"
    if state.trouble:
        news = f"reconnecting: {safe(state.trouble)}"
    parts = [
        f"{safe(state.board)} {safe(page.period)}",
        f"{page.total:,} {users}",
        news,
    ]
    return " · ".join(parts)


def _table(
    rows: Sequence[Sequence[str]], marks: Sequence[Mark], size: Size
) -> list[str]:
    """Return a line per row, with as many columns as there is room for."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    columns = _columns(widths, size.columns)
    signs = ["", *map(_sign, marks)]
    lines = []
    for sign, row in zip(signs, rows, strict=True):
        parts = [pad(sign, _MARK_CELLS)]
        parts += [pad(row[at], widths[at], right=at in NUMBERS) for at in columns]
        lines.append(fit((" " * _GAP).join(parts).rstrip(), size.columns))
    return lines


def _columns(widths: Sequence[int], room: int) -> list[int]:
    everything = range(len(widths))
    for dropped in ((), *_DROPPED):
        columns = [at for at in everything if at not in dropped]
        needed = _MARK_CELLS + sum(_GAP + widths[at] for at in columns)
        if needed <= room:
            break
    return columns


def _sign(mark: Mark) -> str:
    return fit(f"{_SIGNS[mark.move]}{mark.ranks or ''}", _MARK_CELLS)


def _cell(value: object) -> str:
    return fit(safe(str(value)), _MOST_CELLS)
