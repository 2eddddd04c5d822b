"""One line that tells how far things are."""

import sys
from typing import Self


class ProgressLine:
    """On a terminal a line that changes; elsewhere a line per change."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last text standing."""
        if self._live and self._last:
            print(file=sys.stderr, flush=True)

    def show(self, text: str) -> None:
        """Replace the text."""
        if text == self._last:
            return
        self._last = text
        start, end = ("\r\x1b[K", "") if self._live else ("", "\n")
        print(f"{start}fleet: {text}", end=end, file=sys.stderr, flush=True)

    def above(self, text: str) -> None:
        """Print *text* for good, before the line."""
        clear = "\r\x1b[K" if self._live else ""
        print(f"{clear}{text}", file=sys.stderr, flush=True)
        self._last = ""
