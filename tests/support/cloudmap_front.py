"""What stands before an emulator and misbehaves as AWS's front does."""

import asyncio
import contextlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fleet.endpoint import Endpoint
from tests.named import free_port

_HEAD = "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n"
_JSON = "application/x-amz-json-1.1"

Misbehaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Answers one request, in its own way."""


def says(status: int, body: bytes, kind: str = _JSON, cut: int = 0) -> Misbehaviour:
    """Answer *body*, without its last *cut* bytes and then no more."""

    async def misbehave(writer: asyncio.StreamWriter) -> None:
        head = _HEAD.format(status=status, kind=kind, size=len(body))
        writer.write(head.encode() + body[: len(body) - cut])
        if cut:
            writer.close()

    return misbehave


def refuses(code: str, message: str = "no", status: int = 400) -> Misbehaviour:
    """Answer an error in the form of AWS's JSON protocols."""
    return says(status, json.dumps({"__type": code, "message": message}).encode())


async def hangs(_: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.get_running_loop().create_future()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Send a byte of an endless answer again and again, never silent for long."""
    head = _HEAD.format(status=200, kind=_JSON, size=100_000)
    writer.write(head.encode())
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.5)


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection instead of an answer."""
    writer.close()


@dataclass
class Front:
    """Forwards each request, unless it is told otherwise."""

    upstream: Endpoint
    endpoint: Endpoint = field(
        default_factory=lambda: Endpoint("127.0.0.1", free_port())
    )
    first: deque[Misbehaviour] = field(default_factory=deque)
    """For the next requests, one each."""
    always: Misbehaviour | None = None
    """For every request after those."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each operation was asked."""
    words: dict[str, Any] = field(default_factory=dict)
    """The newest request of each operation."""
    _running: contextlib.AsyncExitStack = field(
        default_factory=contextlib.AsyncExitStack
    )
    _connections: set["asyncio.Task[None]"] = field(default_factory=set)

    async def come(self) -> None:
        """Listen, always on the same port."""
        server = await asyncio.start_server(
            self._serve, self.endpoint.host, self.endpoint.port
        )
        self._running.callback(server.close)

    async def go_away(self) -> None:
        """Listen no more, and drop who is connected."""
        await self._running.aclose()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            # The caller may leave at any time, or the front may.
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                while not writer.is_closing():
                    await self._answer(await _request(reader), writer)
                    await writer.drain()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        operation = _operation(request)
        self.asked[operation] += 1
        self.words[operation] = json.loads(request.partition(b"\r\n\r\n")[2])
        misbehave = self.first.popleft() if self.first else self.always
        if misbehave:
            await misbehave(writer)
        else:
            writer.write(await self._forward(request))

    async def _forward(self, request: bytes) -> bytes:
        where = self.upstream
        reader, writer = await asyncio.open_connection(where.host, where.port)
        try:
            writer.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        ours = _HEAD.format(status=status, kind=_JSON, size=len(body))
        return ours.encode() + body


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(int(_header(head, "content-length") or 0))


def _header(head: bytes, name: str) -> str:
    for line in head.decode("latin-1").split("\r\n"):
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return ""


def _operation(request: bytes) -> str:
    return _header(request, "x-amz-target").rpartition(".")[2]


@contextlib.asynccontextmanager
async def front(upstream: Endpoint) -> AsyncIterator[Front]:
    """Run a front before *upstream* for the length of the block."""
    there = Front(upstream)
    await there.come()
    try:
        yield there
    finally:
        await there.go_away()
