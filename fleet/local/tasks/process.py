"""One operating system process of a task."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.local.logs.lines import LineSplitter

_CHUNK = 64 * 1024
_LAST_WORDS_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start, and with what."""

    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    leash: int
    """Read end of a pipe that the supervisor holds open. The system closes it
    when the supervisor dies, however it dies, and the task sees the end."""
    inherited: Sequence[int] = ()
    """Other open files that it gets."""


def inheritable(env: Mapping[str, str]) -> dict[str, str]:
    """Return what of our environment is for others.

    Settings of ours are no settings of theirs, and they refuse strangers.
    """
    return {k: v for k, v in env.items() if not k.startswith("FLEET_")}


class Process:
    """A running process, in a session of its own so that Ctrl-C passes it by."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    def terminate(self) -> None:
        """Ask the process to drain and end, as ECS does."""
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop the process without telling it, as a starved machine does."""
        self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End the process and its children now."""
        # Its group has its pid, and outlives it as long as it has children.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Return the exit code; -9 means killed by signal 9."""
        return await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)


@contextlib.asynccontextmanager
async def running(
    launch: Launch, on_lines: Callable[[list[str]], None]
) -> AsyncIterator[Process]:
    """Run a process for the length of the block; it is killed at the end.

    Args:
        launch: What to run.
        on_lines: Gets what the process prints, a few lines at a time.

    Raises:
        OSError: The program cannot be started.
    """
    # A pipe of our own: with asyncio's, wait() would also wait for the
    # grandchildren that have inherited it.
    ours, theirs = os.pipe()
    try:
        process = await _spawn(launch, theirs)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    pump = asyncio.create_task(_pump(ours, on_lines))
    try:
        yield process
    finally:
        process.kill()
        await process.wait()
        await asyncio.wait([pump], timeout=_LAST_WORDS_S)
        pump.cancel()
        await asyncio.wait([pump])


async def _spawn(launch: Launch, output: int) -> Process:
    program, *arguments = launch.command
    return Process(
        await asyncio.create_subprocess_exec(
            sys.executable if program == "python" else program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(launch.env),
            cwd=launch.folder,
            pass_fds=(launch.leash, *launch.inherited),
            start_new_session=True,
        )
    )


async def _pump(fd: int, on_lines: Callable[[list[str]], None]) -> None:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(fd, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    splitter = LineSplitter()
    try:
        while chunk := await reader.read(_CHUNK):
            on_lines(splitter.feed(chunk))
    finally:
        on_lines(splitter.end())
        transport.close()
