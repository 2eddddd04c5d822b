"""How far an import is, beside its file, so that it can go on after any end."""

import contextlib
import hashlib
import json
import os
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fleet.cli.boards.files.reading import Place
from fleet.errors import BadInput

_MARK_BYTES = 4096
"""Of the file before the place that was reached, to know it again by."""


@dataclass(slots=True)
class Checkpoint:
    """Every line up to here is answered: counted, or refused for good."""

    board: str
    import_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Begins the request ids, the same ones whenever a line is sent again."""
    line: int = 0
    offset: int = 0
    mark: str = ""
    counted: int = 0
    refused: int = 0

    @property
    def place(self) -> Place | None:
        """Where to go on; None: at the beginning."""
        return Place(self.line, self.offset) if self.offset else None

    def reach(self, file: BinaryIO, place: Place) -> None:
        """Note that every line up to *place* is answered."""
        here = file.tell()
        self.line, self.offset = place
        self.mark = _mark(file, place.offset)
        file.seek(here)

    def write(self, path: Path, *, safely: bool = False) -> None:
        """Replace the file at *path*, whole or not at all.

        With *safely* it survives a crash of the machine. The first one has to,
        for its import id; a later one that is lost only costs time.
        """
        beside = path.with_name(f"{path.name}.tmp")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            if safely:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)


def path_of(path: Path) -> Path:
    """Return where the checkpoint of an import of *path* is."""
    return path.with_name(f"{path.name}.progress")


def read(path: Path, file: BinaryIO, board: str) -> Checkpoint | None:
    """Return the checkpoint at *path*; None where there is none.

    Args:
        path: Of the checkpoint.
        file: The one that is imported; where it stands is changed.
        board: That it is imported into.

    Raises:
        BadInput: It is of another board, or of a file that has changed since.
    """
    if not path.exists():
        return None
    anew = f"; to begin anew, remove {path}"
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found = Checkpoint(**told)
    except (ValueError, TypeError) as error:
        raise BadInput(str(path), f"is no checkpoint{anew}") from error
    if found.board != board:
        raise BadInput(str(path), f"is of the board {found.board}{anew}")
    if _mark(file, found.offset) != found.mark:
        raise BadInput(str(path), f"the file is not what it was up to there{anew}")
    return found


def age_s(path: Path) -> float:
    """Return the seconds since the checkpoint at *path* was written."""
    with contextlib.suppress(OSError):
        return max(time.time() - path.stat().st_mtime, 0.0)
    return 0.0


def _mark(file: BinaryIO, offset: int) -> str:
    begin = max(offset - _MARK_BYTES, 0)
    file.seek(begin)
    return hashlib.sha256(file.read(offset - begin)).hexdigest() if offset else ""
