"""A bar that tells how far a long command is, how fast, and how long it takes."""

import shutil
import sys
import time
from collections.abc import Callable

from fleet.cli.boards.text import fit, safe
from fleet.cli.progress import ProgressLine

_CELLS = 24
_LIVE_S = 0.1
_LINES_S = 5.0
"""Between two lines where nothing can be redrawn, such as in a log."""
_PREFIX_CELLS = len("fleet: ") + 1
_MINUTE_S = 60
_HOUR_S = 3600


class Meter:
    """Shows progress on a `ProgressLine`, no more often than anyone can read.

    *share*, 0 to 1, is what an earlier run has done.
    """

    def __init__(
        self,
        line: ProgressLine,
        what: str,
        now: Callable[[], float] = time.monotonic,
        *,
        share: float = 0.0,
    ) -> None:
        self._line = line
        self._what = what
        self._now = now
        self._every_s = _LIVE_S if sys.stderr.isatty() else _LINES_S
        self._begun_share = share
        self._begun_s = now()
        self._shown_s = self._begun_s

    def show(self, rows: int, share: float, *, last: bool = False) -> None:
        """Tell that *rows* are done in this run, and what *share* of all (0 to 1)."""
        now_s = self._now()
        if not last and now_s - self._shown_s < self._every_s:
            return
        self._shown_s = now_s
        elapsed_s = now_s - self._begun_s
        done = share - self._begun_share
        left_s = elapsed_s * (1 - share) / done if done > 0 else None
        rate = rows / elapsed_s if elapsed_s > 0 else 0.0
        self._show(f"{self._what} {progress(rows, share, rate, left_s)}")

    def waiting(self, why: str) -> None:
        """Tell why it does not go on."""
        self._show(f"{self._what}: {safe(why)}")

    def _show(self, text: str) -> None:
        # A line that folds could not be replaced.
        room = shutil.get_terminal_size().columns - _PREFIX_CELLS
        self._line.show(fit(text, room) if sys.stderr.isatty() else text)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self._now() - self._begun_s


def progress(rows: int, share: float, rate: float, left_s: float | None) -> str:
    """Return the bar and its numbers; *rate* is in lines a second."""
    share = min(max(share, 0.0), 1.0)
    full = int(share * _CELLS)
    bar = "█" * full + "░" * (_CELLS - full)
    # Rounded down: 100 % is said when it is.
    text = f"{bar} {int(100 * share)} %  {rows:,} lines  {rate:,.0f}/s"
    return text if left_s is None else f"{text}  {duration(left_s)} left"


def duration(seconds: float) -> str:
    """Return *seconds* as people say it: 42 s, 3:05, 2:03:05."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    hours, rest = divmod(whole, _HOUR_S)
    minutes, seconds = divmod(rest, _MINUTE_S)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
