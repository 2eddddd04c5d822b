"""A page for Prometheus, beside the port that calls come to.

One loop serves both, so nothing on the page may hold it: few connections, short
heads, one answer each, and all of it within seconds. The text is made in a thread.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from fleet.endpoint import Endpoint
from fleet.errors import CannotListen
from fleet.telemetry.prometheus import Registry

PATH = "/metrics"
MOST_CONNECTIONS = 16
"""At a time; one more is closed at once. Who asks, asks every few seconds."""
_HEAD_BYTES = 8192
_EXCHANGE_S = 10.0
"""Seconds from a connection to the end of its answer: Prometheus's own default."""

Answer = tuple[HTTPStatus, str, bytes]
"""The status, the type of the body, the body."""


@contextlib.asynccontextmanager
async def page(
    listen: Endpoint, registry: Registry, *, exchange_s: float = _EXCHANGE_S
) -> AsyncIterator[Endpoint]:
    """Serve `http://listen/metrics` for the length of the block.

    Yields where it listens; the port is the one taken for port 0.

    Args:
        listen: An address of this machine.
        registry: Read anew for each answer.
        exchange_s: Seconds that one connection may last.

    Raises:
        CannotListen: The address is taken, or not one of this machine.
    """
    door = _Door(registry, exchange_s)
    try:
        server = await asyncio.start_server(
            door.accept, listen.host, listen.port, limit=_HEAD_BYTES
        )
    except OSError as error:
        raise CannotListen(str(listen), error.strerror or str(error)) from error
    try:
        yield Endpoint(listen.host, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await door.close()


class _Door:
    """The connections of a page."""

    def __init__(self, registry: Registry, exchange_s: float) -> None:
        self._registry = registry
        self._exchange_s = exchange_s
        self._open: set[asyncio.Task[None]] = set()

    def accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take a connection, or close it at once."""
        if len(self._open) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """End every connection, whatever it waits for."""
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with contextlib.suppress(TimeoutError, ConnectionError, EOFError):
                async with asyncio.timeout(self._exchange_s):
                    await self._exchange(reader, writer)
        finally:
            writer.transport.abort()  # nothing is left to send, or it took too long

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            answer = _plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            with_body = True
        else:
            verb, path, accept = _read(head)
            answer = await self._answer(verb, path, accept)
            with_body = verb != "HEAD"
        writer.write(_encode(answer, with_body=with_body))
        writer.close()
        await writer.wait_closed()

    async def _answer(self, verb: str, path: str, accept: str) -> Answer:
        if path.partition("?")[0] != PATH:
            return _plain(HTTPStatus.NOT_FOUND)
        if verb not in {"GET", "HEAD"}:
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED)
        body, kind = await asyncio.to_thread(self._registry.read(accept))
        return HTTPStatus.OK, kind, body


def _read(head: bytes) -> tuple[str, str, str]:
    """Return verb, path and what is accepted; garbage has no path."""
    first, *rest = head.decode("latin-1").split("\r\n")
    verb, path, *_ = [*first.split(" "), "", ""]
    fields = [line.partition(":") for line in rest]
    accept = ",".join(v.strip() for k, _, v in fields if k.lower() == "accept")
    return verb, path, accept


def _plain(status: HTTPStatus) -> Answer:
    return status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode()


def _encode(answer: Answer, *, with_body: bool) -> bytes:
    status, kind, body = answer
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Allow: GET, HEAD\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
