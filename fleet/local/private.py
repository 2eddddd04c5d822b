"""Folders that belong to one user, and locks in them."""

import fcntl
import os
import stat
from pathlib import Path

from fleet.errors import BadInput


def private_folder(path: Path, what: str, option: str) -> None:
    """Make *path* where it is missing, and make sure that only we can enter it.

    Args:
        path: The folder; a link is refused, since in a folder that all may write
            to, somebody else could have made it.
        what: What the folder is, for the message.
        option: Where another one can be given.

    Raises:
        BadInput: It is not a folder, not ours, or open to others.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise BadInput(what, error.strerror or str(error)) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BadInput(what, f"is not a folder of yours; remove it or give {option}")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise BadInput(what, f"is open to others; run: chmod 700 {path}")


def locked(file: int) -> bool:
    """Try to lock an open file for us alone; return whether it is locked now.

    The lock belongs to the open file: it ends when the last process that has
    inherited it is gone.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
