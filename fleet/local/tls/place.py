"""Files that are replaced while others read them."""

import os
from collections.abc import Mapping
from pathlib import Path


def place(files: Mapping[Path, bytes]) -> None:
    """Write *files*, for us alone (mode 0600), each whole or not at all.

    They are written first and then renamed one after another, so that a full disk
    leaves the old ones as they were. Who reads between two renames finds a key that
    does not fit, and reads again (`fleet.tls.keeper`).

    Raises:
        OSError: None of them is replaced, or not all.
    """
    for path, content in files.items():
        _write(_new(path), content)
    for path in files:
        _new(path).replace(path)


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
