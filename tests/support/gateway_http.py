"""A served application of the gateway, and callers that speak HTTP by hand."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from fleet.server.settings import ServerSettings
from services.gateway.exchange import Request, Response
from services.gateway.http import Asgi, Metrics, Readiness, Server, serving
from services.gateway.http.asgi import App
from services.gateway.http.server import Sleep
from services.gateway.policy.policy import Limits, Policy

SETTINGS = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=5)


@dataclass
class Up:
    """A server that runs, and what it tells."""

    server: Server
    metrics: Metrics
    ready: Readiness

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@contextlib.asynccontextmanager
async def served(
    app: App,
    *,
    limits: Limits | None = None,
    policy: Policy | None = None,
    settings: ServerSettings = SETTINGS,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Up]:
    """Serve *app* for the length of the block."""
    whole = policy or Policy(limits=limits or Limits())
    metrics, ready = Metrics(), Readiness()
    asgi = Asgi(app, lambda: whole, metrics)
    async with serving(asgi, settings, lambda: whole, ready, sleep=sleep) as server:
        yield Up(server, metrics, ready)


async def echo(request: Request) -> Response:
    """Answer with what was read of *request*."""
    body = await request.body()
    told = {
        "verb": request.verb,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "client": request.client,
        "body": body.decode("latin-1"),
    }
    return Response(200, json.dumps(told).encode(), [(b"content-type", b"text/plain")])


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.body)


@dataclass
class Caller:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: str | bytes) -> None:
        for part in parts:
            self.writer.write(part if isinstance(part, bytes) else part.encode())
            await self.writer.drain()

    async def get(self, path: str = "/", **headers: str) -> Answer:
        await self.send(head("GET", path, **headers))
        return await self.answer()

    async def answer(self, *, bodiless: bool = False) -> Answer:
        """Read one whole answer, chunks put together."""
        status, headers = await self.begin()
        if bodiless or status in (204, 304):
            return Answer(status, headers, b"")
        if "content-length" in headers:
            length = int(headers["content-length"])
            return Answer(status, headers, await self.exactly(length))
        parts = []
        while chunk := await self.chunk():
            parts.append(chunk)
        return Answer(status, headers, b"".join(parts))

    async def begin(self) -> tuple[int, dict[str, str]]:
        async with asyncio.timeout(10):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")[:-2]
        pairs = (line.partition(": ")[::2] for line in lines)
        return int(first.split(" ")[1]), dict(pairs)

    async def chunk(self) -> bytes:
        size = int((await self.line()).strip(), 16)
        data = await self.exactly(size)
        await self.exactly(2)
        return data

    async def line(self) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readuntil(b"\r\n")

    async def exactly(self, size: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readexactly(size)

    async def closed(self) -> bytes:
        """Wait until the server closes; return what it still said."""
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read()
        return b""


@contextlib.asynccontextmanager
async def connected(up: Up, *, limit: int = 2**16) -> AsyncIterator[Caller]:
    """Open a connection for the length of the block."""
    where = up.server.endpoint
    reader, writer = await asyncio.open_connection(where.host, where.port, limit=limit)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def head(verb: str, path: str = "/", **headers: str) -> bytes:
    """Return a head; underlines in names become hyphens."""
    pairs = {"host": "game.example", **headers}
    lines = [f"{verb} {path} HTTP/1.1"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in pairs.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def limits(**values: Any) -> Limits:  # noqa: ANN401 - of many types
    """Return small limits, so that a test meets them soon."""
    return replace(Limits(), **values)
