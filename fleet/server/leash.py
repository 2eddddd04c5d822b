"""A pipe from the supervisor, whose end is the supervisor's end."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator

from fleet.errors import BadConfig

_CHUNK = 4096


@contextlib.contextmanager
def leash(fd: int | None, on_end: Callable[[], None]) -> Iterator[None]:
    """Call *on_end* once, when the other end of *fd* is closed by everybody.

    The kernel closes it however the supervisor ends, kill -9 included. What is
    written to the pipe means nothing.

    Raises:
        BadConfig: *fd* is not an open pipe or socket.
    """
    if fd is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not _ended(fd):
            return
        loop.remove_reader(fd)
        on_end()

    try:
        os.set_inheritable(fd, False)  # noqa: FBT003 - its only form
        loop.add_reader(fd, readable)
    except (OSError, OverflowError, ValueError) as error:
        problem = f"FLEET_LEASH_FD={fd} is not an open pipe: {error}"
        raise BadConfig("the environment", [problem]) from error
    try:
        yield
    finally:
        loop.remove_reader(fd)


def _ended(fd: int) -> bool:
    try:
        return os.read(fd, _CHUNK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
