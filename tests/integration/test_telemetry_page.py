"""The page for Prometheus on a real socket, and those who mean harm."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families as plain_text

from fleet.endpoint import Endpoint
from fleet.errors import CannotListen
from fleet.telemetry.metrics import metrics_page
from fleet.telemetry.page import MOST_CONNECTIONS, page
from fleet.telemetry.prometheus import Registry
from fleet.telemetry.tally import Tally
from tests.support.until import until

ANYWHERE = Endpoint("127.67.0.1", 0)
GET = b"GET /metrics HTTP/1.1\r\nHost: here\r\n"


@contextlib.asynccontextmanager
async def paged(
    *, exchange_s: float = 5.0, methods: int = 1
) -> AsyncIterator[Endpoint]:
    tally = Tally(most=methods)
    for n in range(methods):
        tally.server(f"/rpc.Rpc/Method{n}").calls.add(0, 0.001)
    async with page(ANYWHERE, Registry(tally), exchange_s=exchange_s) as at:
        yield at


async def ask(at: Endpoint, request: bytes) -> tuple[bytes, bytes]:
    """Return head and body of the answer; both empty when there is none."""
    reader, writer = await asyncio.open_connection(at.host, at.port)
    try:
        writer.write(request)
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = await reader.read(-1)
    finally:
        writer.transport.abort()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def names(parse: Callable[[str], Iterable[Metric]], body: bytes) -> set[str]:
    return {family.name for family in parse(body.decode())}


async def test_answers_in_text() -> None:
    async with paged() as at:
        head, body = await ask(at, GET + b"\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain;")
    assert f"Content-Length: {len(body)}".encode() in head
    assert names(plain_text, body) >= {
        "grpc_server_call_started",
        "process_cpu_seconds",
    }


async def test_answers_in_open_metrics_when_asked_for() -> None:
    accept = b"accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"
    async with paged() as at:
        head, body = await ask(at, GET + accept + b"\r\n")

    assert b"Content-Type: application/openmetrics-text;" in head
    assert "grpc_server_call_started" in names(open_metrics, body)


async def test_answers_head_without_a_body() -> None:
    async with paged() as at:
        head, body = await ask(at, b"HEAD /metrics HTTP/1.1\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", b"404", id="another-path"),
        pytest.param(b"POST /metrics HTTP/1.1\r\n\r\n", b"405", id="another-verb"),
        pytest.param(GET + b"a: " + b"b" * 9000 + b"\r\n\r\n", b"431", id="long-head"),
        pytest.param(b"\xff\xfe\0\r\n\r\n", b"404", id="garbage"),
        pytest.param(b"\r\n\r\n", b"404", id="nothing"),
    ],
)
async def test_refuses_what_it_does_not_know(request_: bytes, status: bytes) -> None:
    async with paged() as at:
        head, _ = await ask(at, request_)

        assert head.startswith(b"HTTP/1.1 " + status)
        assert (await ask(at, GET + b"\r\n"))[1]


async def test_who_says_nothing_is_sent_away() -> None:
    async with paged(exchange_s=0.05) as at:
        assert await ask(at, b"GET /metr") == (b"", b"")


async def test_who_does_not_read_is_sent_away() -> None:
    """And the page, larger than what a socket takes, is not kept for it."""
    async with paged(exchange_s=0.5, methods=900) as at:
        reader, writer = await asyncio.open_connection(at.host, at.port, limit=1024)
        writer.write(GET + b"\r\n")
        await asyncio.sleep(0.6)  # longer than it may last, without reading

        with contextlib.suppress(ConnectionError):
            assert b"\n# EOF" not in await reader.read(-1)
        await until(lambda: reader.at_eof() or reader.exception())
        writer.transport.abort()


async def test_more_than_some_at_a_time_are_closed_at_once() -> None:
    async with paged(exchange_s=30) as at:
        ways = [
            await asyncio.open_connection(at.host, at.port)
            for _ in range(MOST_CONNECTIONS)
        ]

        assert await ask(at, GET + b"\r\n") == (b"", b"")

        first, writer = ways[0]
        writer.write(GET + b"\r\n")
        assert (await first.read(-1)).startswith(b"HTTP/1.1 200 OK")
        assert (await ask(at, GET + b"\r\n"))[1]
        for _, writer in ways:
            writer.transport.abort()


async def test_leaving_ends_every_connection() -> None:
    async with paged(exchange_s=30) as at:
        reader, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"GET")

    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(-1), 5) == b""
    writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(at.host, at.port)


async def test_a_taken_port_is_told() -> None:
    async with paged() as at:
        with pytest.raises(CannotListen, match=str(at)):
            async with metrics_page(at, Tally(), {}):
                pass


async def test_shows_the_numbers_of_whoever_wants_a_page() -> None:
    numbers = {"fleet_server_lag_seconds": lambda: 0.25}
    async with metrics_page(ANYWHERE, Tally(), numbers) as at:
        assert at is not None
        _, body = await ask(at, GET + b"\r\n")

    assert b"\nfleet_server_lag_seconds 0.25\n" in body


async def test_without_an_address_there_is_no_page() -> None:
    async with metrics_page(None, Tally(), {}) as at:
        assert at is None
