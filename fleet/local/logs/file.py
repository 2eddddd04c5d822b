"""The log of one task: a file of bounded size, and the one before it."""

import contextlib
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a task printed."""

    at: str
    """Arrival, as RFC 3339 in UTC with milliseconds: sorts as text."""
    task: str
    text: str

    def as_dict(self) -> dict[str, str]:
        """Return what `fleet logs --json` prints."""
        return asdict(self)


class TaskLog:
    """Appends lines to a file; at *most* bytes it becomes `NAME.1`, once.

    A disk that is full costs lines, and never the life of a task: the first
    loss is told on stderr.
    """

    def __init__(self, folder: Path, task: str, *, most: int) -> None:
        self.task = task
        self._path = folder / f"{task}.log"
        self._before = folder / f"{task}.log.1"
        self._most = most
        self._file = self._path.open("ab", buffering=0)
        self._size = self._path.stat().st_size
        self._told = False

    def write(self, lines: Iterable[Line]) -> None:
        """Append *lines*, and have them on disk for readers."""
        text = "".join(f"{line.at} {line.text}\n" for line in lines).encode()
        try:
            self._file.write(text)
            self._size += len(text)
            if self._size >= self._most:
                self._rotate()
        except OSError as error:
            if not self._told:
                self._told = True
                sys.stderr.write(f"fleet: lines of {self.task} are lost: {error}\n")

    def tail(self, count: int) -> list[Line]:
        """Return the last *count* lines that are still kept."""
        lines: list[Line] = []
        for path in (self._before, self._path):
            if path.exists():
                lines += self._read(path)
        return lines[-count:] if count > 0 else []

    def close(self) -> None:
        """Write no more; the files stay and can still be read."""
        with contextlib.suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        """Forget the task."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._before.unlink(missing_ok=True)

    def _read(self, path: Path) -> list[Line]:
        # Only "\n" ends a line here: a task may well print "\x0c" or "\x85".
        rows = path.read_text(encoding="utf-8", errors="replace").split("\n")
        cut = (row.partition(" ") for row in rows if row)
        return [Line(at, self.task, text) for at, _, text in cut]

    def _rotate(self) -> None:
        self._file.close()
        self._path.replace(self._before)
        self._file = self._path.open("ab", buffering=0)
        self._size = 0
