"""HTTP requests at a fixed pace, each of them counted."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from benchmarks.stage.load import Load, paced
from fleet.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, to be made again and again."""

    verb: str
    path: str
    body: object = None

    @property
    def coded(self) -> bytes:
        """Return it as it travels."""
        body = b"" if self.body is None else json.dumps(self.body).encode()
        lines = [f"{self.verb} {self.path} HTTP/1.1", "host: load", "connection: close"]
        if body:
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def once(at: Endpoint, asked: Asked, *, limit_s: float = 15.0) -> tuple[int, str]:
    """Make one request on a connection of its own; return status and body."""
    async with asyncio.timeout(limit_s):
        reader, writer = await asyncio.open_connection(at.host, at.port)
        try:
            writer.write(asked.coded)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return int(head.split()[1]), body.decode()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def steady_http(
    at: Endpoint, asked: Asked, *, per_s: float = 50.0
) -> AsyncIterator[Load]:
    """Make *asked* at a fixed pace for the length of the block; see `paced`."""
    load = Load()
    async with paced(lambda: _count(load, at, asked), per_s):
        yield load


async def _count(load: Load, at: Endpoint, asked: Asked) -> None:
    try:
        status, body = await once(at, asked)
    except Exception as error:  # noqa: BLE001 - whatever it was, the call is lost
        load.failures[repr(error)] += 1
        return
    if status == 200:  # noqa: PLR2004 - HTTP's own
        load.ok += 1
    else:
        load.failures[f"{status} {body[:160]}"] += 1
