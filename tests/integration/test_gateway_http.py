"""The gateway's HTTP on real sockets: what good callers get."""

import asyncio
import gzip
import logging
import zlib
from collections.abc import AsyncGenerator, Iterator
from ipaddress import ip_network

import pytest

from fleet.endpoint import Endpoint
from fleet.errors import CannotListen, Status
from fleet.server.settings import ServerSettings
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, retry
from services.gateway.policy.policy import Policy
from tests.support.gateway_http import connected, echo, head, limits, served
from tests.support.served import Records
from tests.support.until import until


@pytest.fixture
def lines() -> Iterator[Records]:
    """The access log, with DEBUG."""
    logger, kept = logging.getLogger("gateway"), Records()
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(before)


async def test_a_request_is_read_and_answered() -> None:
    async with served(echo) as up, connected(up) as caller:
        answer = await caller.get("/a%2Fb?x=1&y", x_request_id="mine", x_Thing="a")

        assert answer.status == 200
        assert answer.json["path"] == "/a%2Fb"
        assert answer.json["query"] == "x=1&y"
        assert answer.json["headers"]["x-thing"] == "a"
        assert answer.json["client"] == "127.0.0.1"
        assert answer.headers["x-request-id"] == "mine"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "date" in answer.headers


async def test_repeated_headers_are_joined() -> None:
    async with served(echo) as up, connected(up) as caller:
        raw = b"GET / HTTP/1.1\r\nhost: a\r\nX-A: 1\r\ncookie: a=1\r\nx-a: 2\r\n"
        await caller.send(raw + b"cookie: b=2\r\n\r\n")

        headers = (await caller.answer()).json["headers"]
        assert (headers["x-a"], headers["cookie"]) == ("1, 2", "a=1; b=2")


async def test_a_request_id_that_is_not_sane_is_replaced() -> None:
    async with served(echo) as up, connected(up) as caller:
        answer = await caller.get(x_request_id="a b")

        assert len(answer.headers["x-request-id"]) == 16


async def test_a_connection_is_used_again_and_pipelined() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("GET", "/1") + head("GET", "/2") + head("GET", "/3"))

        paths = [(await caller.answer()).json["path"] for _ in range(3)]
        assert paths == ["/1", "/2", "/3"]
        assert (await caller.get("/4")).json["path"] == "/4"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"content_length": "3"}, b"abc", id="length"),
        pytest.param(
            {"transfer_encoding": "chunked"},
            b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nauthorization: me\r\n\r\n",
            id="chunks",
        ),
        pytest.param(
            {"content_length": "23", "content_encoding": "gzip"},
            gzip.compress(b"abc", mtime=0),
            id="gzip",
        ),
        pytest.param(
            {"content_length": "11", "content_encoding": "deflate"},
            zlib.compress(b"abc"),
            id="deflate",
        ),
    ],
)
async def test_a_body_is_read(headers: dict[str, str], body: bytes) -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("POST", **headers), body)
        told = (await caller.answer()).json

        assert told["body"] == "abc"
        assert "authorization" not in told["headers"]  # a trailer is no header
        assert (await caller.get("/next")).json["path"] == "/next"


async def test_requests_are_the_same_wherever_packets_end() -> None:
    raw = head("POST", "/1", transfer_encoding="chunked") + b"3\r\nabc\r\n0\r\n\r\n"
    raw += head("GET", "/2")
    async with served(echo) as up, connected(up) as caller:
        for end in range(1, len(raw)):
            await caller.send(raw[:end])
            await asyncio.sleep(0)  # lets the server see the first part alone
            await caller.send(raw[end:])
            first, second = [(await caller.answer()).json for _ in range(2)]
            assert (first["path"], first["body"]) == ("/1", "abc")
            assert (second["path"], second["body"]) == ("/2", "")


async def test_a_body_that_nobody_reads_is_in_nobodys_way() -> None:
    async def deaf(request: Request) -> Response:
        return Response(200, request.path.encode())

    async with served(deaf) as up, connected(up) as caller:
        await caller.send(head("POST", "/1", content_length="200000"), b"x" * 200_000)
        assert (await caller.answer()).body == b"/1"
        assert (await caller.get("/2")).body == b"/2"


async def test_100_continue_is_said_when_the_body_is_wanted() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("POST", expect="100-continue", content_length="3"))
        assert (await caller.begin())[0] == 100
        await caller.send(b"abc")
        answer = await caller.answer()
        assert answer.json["body"] == "abc"
        assert "connection" not in answer.headers


async def test_100_continue_is_not_said_to_a_body_that_is_too_large() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("POST", expect="100-continue", content_length="9" * 9))
        answer = await caller.answer()

        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        assert await caller.closed() == b""


async def test_head_has_the_length_and_no_body() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("HEAD"))
        answer = await caller.answer(bodiless=True)

        assert int(answer.headers["content-length"]) > 0
        assert (await caller.get("/next")).json["path"] == "/next"


@pytest.mark.parametrize("status", [204, 304])
async def test_these_have_neither_body_nor_length(status: int) -> None:
    async def app(_request: Request) -> Response:
        return Response(status, b"", [(b"etag", b'"1"')])

    async with served(app) as up, connected(up) as caller:
        answer = await caller.get()
        assert answer.headers["etag"] == '"1"'
        assert {"content-length", "transfer-encoding"}.isdisjoint(answer.headers)
        assert (await caller.get()).status == status


async def test_chunks_are_sent_as_they_come() -> None:
    more = asyncio.Event()

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"first"
        await more.wait()
        yield b""
        yield b"second"

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    async with served(app) as up, connected(up) as caller:
        await caller.send(head("GET"))
        await caller.begin()
        assert await caller.chunk() == b"first"
        assert up.figure("gateway_streams") == 1
        more.set()
        assert await caller.chunk() == b"second"
        assert await caller.chunk() == b""
        await until(lambda: up.figure("gateway_streams") == 0)


async def test_a_caller_who_leaves_ends_its_stream_at_once() -> None:
    ended = asyncio.Event()

    async def chunks() -> AsyncGenerator[bytes, None]:
        try:
            yield b"x"
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    async with served(app) as up:
        async with connected(up) as caller:
            await caller.send(head("GET"))
            await caller.begin()
        async with asyncio.timeout(5):
            await ended.wait()
        await until(lambda: up.figure("gateway_in_flight") == 0)
        labels = {"method": "unmatched", "status": "200", "code": "CANCELLED"}
        assert up.figure("gateway_requests_total", **labels) == 1


async def test_a_caller_who_leaves_cancels_its_call() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def app(_request: Request) -> Response:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    async with served(app) as up:
        async with connected(up) as caller:
            await caller.send(head("GET"))
            async with asyncio.timeout(5):
                await begun.wait()
        async with asyncio.timeout(5):
            await cancelled.wait()
        labels = {"method": "unmatched", "status": "499", "code": "CANCELLED"}
        await until(lambda: up.figure("gateway_requests_total", **labels) == 1)


async def test_a_failure_is_told_and_a_bug_is_not() -> None:
    async def app(request: Request) -> Response:
        if request.path == "/failure":
            raise Failure(Status.UNAVAILABLE, "not now", details=[retry(1.5)])
        if request.path == "/cancelled":
            raise asyncio.CancelledError
        raise ValueError("secret")

    async with served(app) as up, connected(up) as caller:
        failure = await caller.get("/failure")
        assert (failure.status, failure.headers["retry-after"]) == (503, "2")
        assert failure.json["message"] == "not now"
        for path in ("/bug", "/cancelled"):
            bug = await caller.get(path)
            assert (bug.status, bug.json["message"]) == (500, "internal error")
            assert b"secret" not in bug.body


async def test_a_stream_that_breaks_is_not_ended_as_a_whole_one() -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"x"
        raise ValueError("secret")

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    async with served(app) as up, connected(up) as caller:
        await caller.send(head("GET"))
        await caller.begin()
        assert await caller.closed() == b"1\r\nx\r\n"


async def test_one_line_is_logged_without_the_query(lines: Records) -> None:
    async def app(request: Request) -> Response:
        request.method, request.principal = "rpc.Rpc/GetChampion", "ada"
        return Response(200, b"ok")

    async with served(app) as up, connected(up) as caller:
        await caller.get("/v1/champions/7?key=secret", x_request_id="abc")
        await caller.get("/healthz")
        await until(lambda: len(_access(lines)) == 2)

        first, second = _access(lines)
        assert first.levelno == logging.INFO
        assert second.levelno == logging.DEBUG
        text = first.getMessage()
        assert text.startswith("GET /v1/champions/7 rpc.Rpc/GetChampion 200 ")
        assert text.endswith(" 2 B 127.0.0.1 ada id=abc")
        assert "secret" not in text


def _access(lines: Records) -> list[logging.LogRecord]:
    return [r for r in lines.lines if r.name == "gateway.access"]


async def test_a_trusted_proxy_tells_who_calls() -> None:
    policy = Policy(trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with served(echo, policy=policy) as up, connected(up) as caller:
        answer = await caller.get(x_forwarded_for="10.9.8.7")
        assert answer.json["client"] == "10.9.8.7"


async def test_figures_are_text() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.get()
        up.metrics.gauge("gateway_test", "One of others.", lambda: 7)
        text = up.metrics.text().decode()

        assert 'code="OK",method="unmatched",status="200"' in text
        assert "gateway_connections 1.0" in text
        assert "gateway_test 7.0" in text
        assert "# TYPE gateway_sent_bytes_total counter" in text
        assert "process_start_time_seconds " in text


async def test_a_taken_address_is_told() -> None:
    async with served(echo) as up:
        taken = ServerSettings(listen=str(up.server.endpoint))
        with pytest.raises(CannotListen, match="in use"):
            async with served(echo, settings=taken):
                raise AssertionError


async def test_it_listens_where_it_says() -> None:
    async with served(echo, limits=limits(connections=1)) as up:
        assert up.server.endpoint == Endpoint("127.0.0.1", up.server.endpoint.port)
        assert up.ready.serving
    assert not up.ready.serving
