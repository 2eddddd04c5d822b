"""The zone of a task, as ECS tells it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fleet.zone import METADATA, own_zone


@asynccontextmanager
async def metadata(body: str, status: str = "200 OK") -> AsyncIterator[str]:
    """Answer every question as the metadata endpoint of a task does."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET /v4/abc/task HTTP/1.1\r\n")
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"http://127.0.0.1:{port}/v4/abc"


async def test_a_zone_may_be_named() -> None:
    assert await own_zone("eu-west-1a", {}) == "eu-west-1a"
    assert await own_zone("", {}) is None


async def test_ecs_is_asked() -> None:
    async with metadata('{"AvailabilityZone": "eu-west-1b", "Family": "f"}') as at:
        assert await own_zone("ecs", {METADATA: at}) == "eu-west-1b"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"Family": "f"}', "200 OK"),
        ('{"AvailabilityZone": 7}', "200 OK"),
        ('{"AvailabilityZone": ""}', "200 OK"),
        ("[]", "200 OK"),
        ("not json", "200 OK"),
        ("{}", "500 Internal Server Error"),
    ],
)
async def test_what_is_not_told_is_unknown(body: str, status: str) -> None:
    async with metadata(body, status) as at:
        assert await own_zone("ecs", {METADATA: at}) is None


@pytest.mark.parametrize("address", ["", "file:///etc", "http://127.0.0.1:1/v4"])
async def test_where_nobody_tells_it_is_unknown(address: str) -> None:
    env = {METADATA: address} if address else {}
    assert await own_zone("ecs", env) is None
