"""HTTP requests at a fixed pace, each of them counted."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from benchmarks.stage.load import Load
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
    """Make *asked* at a fixed pace for the length of the block.

    A request starts when its time has come, whether or not the last has ended.
    Leaving the block waits for those in flight.
    """
    load = Load()
    running: set[asyncio.Task[None]] = set()

    async def pace() -> None:
        due = time.monotonic()
        while True:
            task = asyncio.create_task(_count(load, at, asked))
            running.add(task)
            task.add_done_callback(running.discard)
            due += 1 / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    pacing = asyncio.create_task(pace())
    try:
        yield load
    finally:
        pacing.cancel()
        await asyncio.wait([pacing])
        if running:
            await asyncio.wait(running)


async def _count(load: Load, at: Endpoint, asked: Asked) -> None:
    try:
        status, body = await once(at, asked)
    except (OSError, TimeoutError, IndexError, ValueError) as error:
        load.failures[repr(error)] += 1
        return
    if status == 200:  # noqa: PLR2004 - HTTP's own
        load.ok += 1
    else:
        load.failures[f"{status} {body[:160]}"] += 1
