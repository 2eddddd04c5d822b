"""The folder of the store's data: one fleet at a time, one server at a time."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from fleet.errors import BadInput
from fleet.local.private import locked, private_folder

_POLL_S = 0.02


@contextlib.asynccontextmanager
async def data_held(path: Path, *, leftover_s: float = 3.0) -> AsyncIterator[int]:
    """Own the folder *path* for the length of the block; the data stay.

    Args:
        path: Made where it is missing.
        leftover_s: For the server of a killed fleet to end by itself, as long
            again after SIGTERM, and after SIGKILL.

    Yields:
        A locked file. The server inherits it, so that it stays locked until the
        server has ended too: two servers on one log would destroy it.

    Raises:
        BadInput: Another fleet has it, or it is not private to us.
    """
    what = f"the data folder {path}"
    private_folder(path, what, "--data FOLDER")
    with (
        _opened(path / "fleet.lock", what) as fleet,
        _opened(path / "store.lock", what) as store,
    ):
        if not locked(fleet):
            pid = _number(fleet) or "unknown"
            advice = "stop that one, or give another folder with --data"
            raise BadInput(what, f"is in use by another fleet, pid {pid}; {advice}")
        os.ftruncate(fleet, 0)
        os.pwrite(fleet, str(os.getpid()).encode(), 0)
        await _end_leftover(store, what, leftover_s)
        yield store


async def _end_leftover(store: int, what: str, each_s: float) -> None:
    """Lock *store*; a server that a killed fleet has left behind is ended.

    The file names its process group. As long as the file is locked somebody of
    that group lives, and the number belongs to nobody else.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        if await _freed(store, each_s):
            return
        if group := _number(store):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
    if not await _freed(store, each_s):
        raise BadInput(what, f"is in use by a server, pid {_number(store)}; end it")


async def _freed(store: int, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not locked(store):  # noqa: ASYNC110 - locks have no event
                await asyncio.sleep(_POLL_S)
            # Of the last server; the next one writes its own.
            os.ftruncate(store, 0)
            return True
    return False


@contextlib.contextmanager
def _opened(path: Path, what: str) -> Iterator[int]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadInput(what, error.strerror or str(error)) from error
    try:
        yield file
    finally:
        os.close(file)


def _number(file: int) -> int:
    """Return the number that is written in *file*, 0 when there is none."""
    text = os.pread(file, 20, 0)
    return int(text) if text.isdigit() else 0
