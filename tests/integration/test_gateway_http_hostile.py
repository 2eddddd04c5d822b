"""The gateway's HTTP on real sockets: what bad callers get."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncGenerator

import pytest

from services.gateway.exchange import Request, Response
from tests.support.gateway_http import (
    Answer,
    Caller,
    connected,
    echo,
    head,
    limits,
    served,
)
from tests.support.until import until

CHUNKED = head("POST", transfer_encoding="chunked")


async def refused(caller: Caller) -> Answer:
    """Return the last answer of a connection."""
    answer = await caller.answer()
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert answer.json["message"]
    assert await caller.closed() == b""
    return answer


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01", id="tls"),
        pytest.param(b"HELO a\r\n\r\n", id="not-http"),
        pytest.param(b"GET / HTTP/3.1\r\nhost: a\r\n\r\n", id="version"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="http2"),
        pytest.param(b"GET / HTTP/1.1\nhost: a\n\n", id="line-ends"),
        pytest.param(b"GET / HTTP/1.1\r\nhost : a\r\n\r\n", id="space-in-name"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: a\r\n b\r\n\r\n", id="folded"),
        pytest.param(b"GET / HTTP/1.1\r\nhost: a\0b\r\n\r\n", id="nul"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n", id="not-ascii"),
        pytest.param(b"GET /a\x01 HTTP/1.1\r\nhost: a\r\n\r\n", id="control"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", id="connect"),
        pytest.param(
            head("POST", content_length="3", transfer_encoding="chunked"), id="both"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n"
            b"content-length: 4\r\n\r\n",
            id="two-lengths",
        ),
        pytest.param(head("POST", content_length="3, 3"), id="length-list"),
        pytest.param(head("POST", content_length="+3"), id="length-sign"),
        pytest.param(head("POST", transfer_encoding="identity"), id="identity"),
        pytest.param(head("POST", transfer_encoding="chunked, gzip"), id="codings"),
        pytest.param(CHUNKED + b"zz\r\n\r\n", id="chunk-size"),
        pytest.param(CHUNKED + b"-1\r\n\r\n", id="chunk-sign"),
    ],
)
async def test_what_cannot_be_read_is_400(raw: bytes) -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(raw)
        assert (await refused(caller)).status == 400
        assert up.figure("gateway_rejected_total", reason="malformed") == 1


@pytest.mark.parametrize(
    ("raw", "status", "words"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, "host is missing", id="no-host"),
        pytest.param(
            b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400, "host", id="hosts"
        ),
        pytest.param(b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 400, "path", id="star"),
        pytest.param(
            head("POST", transfer_encoding="gzip, chunked") + b"0\r\n\r\n",
            501,
            "allowed is chunked",
            id="coding",
        ),
        pytest.param(
            b"POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "HTTP/1.0",
            id="old",
        ),
        pytest.param(
            head("POST", content_length="1", content_encoding="br") + b"x",
            415,
            "gzip, deflate",
            id="encoding",
        ),
        pytest.param(
            head("POST", content_length="9", content_encoding="gzip") + b"not gzip!",
            400,
            "not gzip",
            id="not-gzip",
        ),
        pytest.param(
            head("POST", content_length="15", content_encoding="gzip")
            + gzip.compress(b"abc")[:15],
            400,
            "cut off",
            id="half-gzip",
        ),
    ],
)
async def test_what_could_be_read_in_two_ways_is_refused(
    raw: bytes, status: int, words: str
) -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(raw)
        answer = await caller.answer()
        assert answer.status == status
        assert words in answer.json["message"]


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        pytest.param(head("GET", "/" + "a" * 300), 414, "url_bytes", id="url"),
        pytest.param(b"GET /" + b"a" * 900, 414, "url_bytes", id="url-without-end"),
        pytest.param(head("GET", big="a" * 600), 431, "header_bytes", id="header"),
        pytest.param(
            head("GET")[:-2] + b"a: " + b"a" * 900,
            431,
            "header_bytes",
            id="header-without-end",
        ),
        pytest.param(
            head("GET", **{f"h{n}": "x" for n in range(101)}), 431, "headers", id="many"
        ),
        pytest.param(
            CHUNKED + b"1;" + b"x" * 2000, 431, "header_bytes", id="chunk-extension"
        ),
        pytest.param(
            CHUNKED + b"0\r\na: " + b"x" * 2000, 431, "header_bytes", id="trailer"
        ),
    ],
)
async def test_a_head_that_is_too_large(raw: bytes, status: int, reason: str) -> None:
    header_bytes = 2000 if reason == "headers" else 500
    small = limits(url_bytes=200, header_bytes=header_bytes)
    async with served(echo, limits=small) as up, connected(up) as caller:
        await caller.send(raw)
        assert (await refused(caller)).status == status
        assert up.figure("gateway_rejected_total", reason=reason) == 1


async def test_the_largest_head_that_is_allowed() -> None:
    small = limits(url_bytes=200, header_bytes=500)
    async with served(echo, limits=small) as up, connected(up) as caller:
        big = "a" * (500 - len("host: game.example\r\n") - len("big: \r\n"))
        assert (await caller.get("/" + "a" * 199, big=big)).status == 200


async def test_half_a_head_is_waited_for_only_so_long() -> None:
    slow = limits(header_timeout_s=0.1)
    async with served(echo, limits=slow) as up, connected(up) as caller:
        await caller.send(b"GET / HTTP/1.1\r\nhost")
        assert (await refused(caller)).status == 408


async def test_a_head_in_drops_is_late_all_the_same() -> None:
    slow = limits(header_timeout_s=0.2)
    async with served(echo, limits=slow) as up, connected(up) as caller:
        raw = head("GET", long="x" * 100_000)
        dripping = asyncio.create_task(_drip(caller, raw))
        assert (await caller.answer()).status == 408
        dripping.cancel()


async def _drip(caller: Caller, raw: bytes) -> None:
    for n in range(len(raw)):
        await caller.send(raw[n : n + 1])
        await asyncio.sleep(0.01)


async def test_a_connection_that_says_nothing_is_closed() -> None:
    idle = limits(idle_timeout_s=0.05)
    async with served(echo, limits=idle) as up, connected(up) as caller:
        assert await caller.closed() == b""
    async with served(echo, limits=idle) as up, connected(up) as caller:
        await caller.send("\r\n")  # may stand before a request, and is none
        assert await caller.closed() == b""
    async with served(echo, limits=idle) as up, connected(up) as caller:
        await caller.get()
        assert await caller.closed() == b""


async def test_a_body_that_says_it_is_too_large_is_not_waited_for() -> None:
    async with served(echo, limits=limits(body_bytes=10)) as up, connected(up) as it:
        await it.send(head("POST", content_length="11"))
        answer = await it.answer()
        assert answer.status == 413
        assert "10 bytes" in answer.json["message"]
        await it.send(b"x" * 11)  # the connection lives on
        assert (await it.get("/next")).status == 200
        assert up.figure("gateway_rejected_total", reason="body_bytes") == 1


async def test_a_body_that_turns_out_too_large() -> None:
    async with served(echo, limits=limits(body_bytes=10)) as up, connected(up) as it:
        await it.send(CHUNKED, b"b\r\nabcdefghijk\r\n")
        assert (await it.answer()).status == 413
        await it.send(b"0\r\n\r\n")
        assert (await it.get("/next")).status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_not_unpacked(encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    bomb = pack(bytes(50_000_000))
    async with served(echo) as up, connected(up) as caller:
        length = str(len(bomb))
        text = head("POST", content_length=length, content_encoding=encoding)
        await caller.send(text, bomb)
        answer = await caller.answer()
        assert answer.status == 413
        assert str(1024 * 1024) in answer.json["message"]


async def test_a_body_that_stops() -> None:
    slow = limits(body_timeout_s=0.1)
    async with served(echo, limits=slow) as up, connected(up) as caller:
        await caller.send(head("POST", content_length="10"), b"abc")
        assert (await refused(caller)).status == 408
        assert up.figure("gateway_rejected_total", reason="body_timeout") == 1


async def test_a_connection_too_many() -> None:
    async with served(echo, limits=limits(connections=1)) as up:
        async with connected(up) as first, connected(up) as second:
            answer = await refused(second)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert (await first.get()).status == 200
        await until(lambda: up.figure("gateway_connections") == 0)
        async with connected(up) as third:
            assert (await third.get()).status == 200


async def test_what_comes_behind_good_requests_lets_them_be_answered() -> None:
    go = asyncio.Event()

    async def app(request: Request) -> Response:
        await go.wait()
        return Response(200, request.path.encode())

    async with served(app) as up, connected(up) as caller:
        await caller.send(head("GET", "/1") + head("GET", "/2") + b"rubbish\r\n\r\n")
        await until(lambda: up.figure("gateway_rejected_total", reason="malformed"))
        go.set()
        assert (await caller.answer()).body == b"/1"
        last = await caller.answer()
        assert (last.body, last.headers["connection"]) == (b"/2", "close")
        assert await caller.closed() == b""


async def test_too_many_requests_at_once() -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(head("GET") * 100)
        answers = 0
        while (await caller.answer()).headers.get("connection") != "close":
            answers += 1
        assert answers == 32
        assert up.figure("gateway_rejected_total", reason="pipelined") == 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("CONNECT a:1", "is no proxy", id="connect"),
        pytest.param("GET http://game.example", "has no path", id="no-path"),
        pytest.param("GET http://a:b/", "is no URL", id="no-url"),
    ],
)
async def test_a_target_that_is_none_is_told_in_our_words(
    target: str, words: str
) -> None:
    async with served(echo) as up, connected(up) as caller:
        await caller.send(f"{target} HTTP/1.1\r\nhost: a\r\n\r\n")
        answer = await refused(caller)
        assert answer.status == 400
        assert words in answer.json["message"]


async def test_lines_without_a_request_do_not_keep_a_connection() -> None:
    idle = limits(idle_timeout_s=0.2)
    async with served(echo, limits=idle) as up, connected(up) as caller:
        dripping = asyncio.create_task(_drip(caller, b"\r\n" * 100_000))
        assert await caller.closed() == b""
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def test_half_a_head_behind_a_request_is_not_idle() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def app(request: Request) -> Response:
        if request.path == "/2":
            begun.set()
            await go.wait()
        return Response(200, request.path.encode())

    idle = limits(idle_timeout_s=0.1)
    async with served(app, limits=idle) as up, connected(up) as caller:
        await caller.send(head("GET", "/1") + head("GET", "/2")[:20])
        assert (await caller.answer()).body == b"/1"
        await caller.send(head("GET", "/2")[20:])
        await begun.wait()
        await asyncio.sleep(0.3)  # longer than a connection may be idle
        go.set()
        assert (await caller.answer()).body == b"/2"


async def test_a_caller_who_reads_nothing_is_cut() -> None:
    ended = asyncio.Event()

    async def chunks() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield bytes(64 * 1024)
        finally:
            ended.set()

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    async with served(app, limits=limits(send_timeout_s=0.2)) as up:
        with socket.create_connection(("127.0.0.1", up.server.endpoint.port)) as deaf:
            deaf.setblocking(False)  # noqa: FBT003 - its only form
            await asyncio.get_running_loop().sock_sendall(deaf, head("GET"))
            async with asyncio.timeout(10):
                await ended.wait()
        assert up.figure("gateway_rejected_total", reason="slow_reader") == 1


async def test_a_whole_answer_that_nobody_reads_is_cut_too() -> None:
    async def app(_request: Request) -> Response:
        return Response(200, bytes(20_000_000))

    async with served(app, limits=limits(send_timeout_s=0.2)) as up:
        with socket.create_connection(("127.0.0.1", up.server.endpoint.port)) as deaf:
            deaf.setblocking(False)  # noqa: FBT003 - its only form
            await asyncio.get_running_loop().sock_sendall(deaf, head("GET"))
            await until(lambda: up.figure("gateway_connections") == 1)
            await until(lambda: up.figure("gateway_connections") == 0)
        assert up.figure("gateway_rejected_total", reason="slow_reader") == 1
