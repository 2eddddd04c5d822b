"""A real store as `fleet up` starts it, and the barest way to talk to it."""

import asyncio
import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hiredis

from fleet.local.store.binary import server_program
from fleet.local.store.command import server_command
from fleet.local.store.ping import ping
from ranking.store.store import Word

LIMIT_S = 20.0


@contextlib.asynccontextmanager
async def store() -> AsyncIterator[Path]:
    """Run a store for the length of the block; yields its socket.

    Server and client get a core each where there are two: the scheduler likes to
    put both ends of a socket on one, now and then, which doubles the time of
    whoever uses more of it.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _on_own_core() as core:
        at = Path(folder) / "store.sock"
        process = await asyncio.create_subprocess_exec(
            *server_command(server_program(), at),
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            async with asyncio.timeout(LIMIT_S):
                while await ping(at):  # noqa: ASYNC110 - a server has no event
                    await asyncio.sleep(0.02)
            yield at
        finally:
            process.kill()
            await process.wait()


@contextlib.contextmanager
def _on_own_core() -> Iterator[int | None]:
    """Keep this process off one core; yields that, or None where there is but one."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1:
        yield None
        return
    before = os.sched_getaffinity(0)
    core = min(before)
    os.sched_setaffinity(0, before - {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, before)


def pack(words: Sequence[Word]) -> bytes:
    """Return a command as it travels."""
    packed: bytes = hiredis.pack_command(tuple(words))  # type: ignore[arg-type]
    return packed


@dataclass(slots=True)
class Bare:
    """A blocking socket and hiredis: what no client can be faster than."""

    socket: socket.socket
    reader: hiredis.Reader

    @classmethod
    def connect(cls, at: Path) -> "Bare":
        """Connect to the unix socket *at*."""
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(at))
        return cls(end, hiredis.Reader())

    def one(self, *words: Word) -> Any:  # noqa: ANN401 - any reply
        """Return the reply to one command."""
        return self.pipelined([pack(words)])[0]

    def pipelined(self, packed: Sequence[bytes]) -> list[Any]:
        """Send all, then return all replies.

        Raises:
            hiredis.ReplyError: The first reply that is an error.
        """
        self.socket.sendall(b"".join(packed))
        replies: list[Any] = []
        while len(replies) < len(packed):
            self.reader.feed(self.socket.recv(1 << 16))
            while (reply := self.reader.gets()) is not False:
                if isinstance(reply, hiredis.ReplyError):
                    raise reply
                replies.append(reply)
        return replies
