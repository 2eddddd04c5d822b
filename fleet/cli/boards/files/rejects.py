"""Where the lines that an import did not count are told."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from fleet.cli.boards.files.sending import Rejected
from fleet.cli.boards.text import safe
from fleet.errors import BadInput

MOST_TOLD = 20
"""On a terminal; a file gets them all."""


class Rejects:
    """Tells each refused line with its number and reason."""

    def __init__(
        self, name: str, tell: Callable[[str], None], file: TextIO | None
    ) -> None:
        self._name = name
        self._tell = tell
        self._file = file
        self._count = 0

    def add(self, rejected: list[Rejected]) -> None:
        """Tell *rejected*."""
        for line, reason in rejected:
            self._count += 1
            text = f"{self._name}:{line}: {safe(reason)}"
            if self._file:
                self._file.write(f"{text}\n")
            elif self._count <= MOST_TOLD:
                self._tell(text)
            elif self._count == MOST_TOLD + 1:
                self._tell("and more; --rejects FILE keeps them all")
        if self._file:
            self._file.flush()


@contextlib.contextmanager
def rejects(
    name: str, tell: Callable[[str], None], path: str | None
) -> Iterator[Rejects]:
    """Tell refused lines through *tell*, or append them to the file *path*.

    Raises:
        BadInput: The file cannot be written.
    """
    if path is None:
        yield Rejects(name, tell, None)
        return
    try:
        file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise BadInput(path, error.strerror or str(error)) from error
    with file:
        yield Rejects(name, tell, file)
