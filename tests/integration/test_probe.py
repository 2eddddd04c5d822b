"""The probe, against our server and against everything that is none."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from fleet.probe import ProbeFailed, check, get
from fleet.probe.__main__ import main
from services.gateway.exchange import Request, Response
from tests.support.gateway_http import served as http_served
from tests.support.served import echo, served

ROOT = Path(__file__).parents[2]


async def _echo(request: bytes, _context: object) -> bytes:
    return request


ECHO = echo(unary_unary=_echo)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


def plain(name: bytes, value: bytes) -> bytes:
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


SETTINGS = frame(4, 0, 0, b"")
STARTED = frame(1, 4, 1, b"\x88")  # :status 200, from the static table
OK = plain(b"grpc-status", b"0")
DONE = frame(1, 5, 1, OK)
SERVING = frame(0, 0, 1, b"\0\0\0\0\x02\x08\x01")
LEAVING = frame(0, 0, 1, b"\0\0\0\0\x02\x08\x02")
# "grpc-status" and "0" in their Huffman form, as grpc-go sends them: by hand
# from RFC 7541, appendix B, and not from the table under test.
HUFFMAN = b"\x40\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f\x81\x07"
WHOLE = SETTINGS + STARTED + SERVING + DONE


@contextlib.asynccontextmanager
async def peer(
    say: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Listen, and let *say* answer whoever comes; yields the port."""
    came: list[tuple[asyncio.Task[None] | None, asyncio.StreamWriter]] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append((asyncio.current_task(), writer))
        with contextlib.suppress(ConnectionError):
            await say(writer)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task, writer in came:
            if task:
                await asyncio.wait([task], timeout=5)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def outcome(port: int, *, timeout_s: float = 5.0) -> str:
    """Return SERVING, or why not."""
    try:
        await asyncio.to_thread(check, "127.0.0.1", port, timeout_s=timeout_s)
    except ProbeFailed as error:
        return error.reason
    return "SERVING"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param(WHOLE, "SERVING", id="as-it-should-be"),
        pytest.param(
            SETTINGS
            + frame(6, 0, 0, b"12345678")
            + STARTED
            + frame(8, 0, 0, b"\0\0\1\0")
            + SERVING
            + SETTINGS
            + frame(99, 255, 1, b"a frame of the future")
            + DONE,
            "SERVING",
            id="other-frames-in-between",
        ),
        pytest.param(
            SETTINGS + STARTED + SERVING + frame(1, 5, 1, HUFFMAN),
            "SERVING",
            id="huffman",
        ),
        pytest.param(
            SETTINGS
            + STARTED
            + SERVING
            + frame(1, 1, 1, OK[:5])
            + frame(9, 4, 1, OK[5:]),
            "SERVING",
            id="headers-continued",
        ),
        pytest.param(
            SETTINGS
            + frame(1, 0x2C, 1, b"\x02" + bytes(5) + b"\x88" + b"\0\0")
            + frame(0, 8, 1, b"\x03" + b"\0\0\0\0\x02\x08\x01" + bytes(3))
            + DONE,
            "SERVING",
            id="padding-and-priority",
        ),
        pytest.param(
            SETTINGS
            + frame(7, 0, 0, b"\0\0\0\1" + bytes(4))
            + STARTED
            + SERVING
            + DONE,
            "SERVING",
            id="a-goaway-that-still-answers-us",
        ),
        pytest.param(
            SETTINGS + STARTED + LEAVING + DONE, "it says NOT_SERVING", id="leaving"
        ),
        pytest.param(
            SETTINGS + STARTED + frame(0, 0, 1, bytes(5)) + DONE,
            "it says UNKNOWN",
            id="empty-message",
        ),
        pytest.param(
            SETTINGS + frame(1, 5, 1, b"\x88" + plain(b"grpc-status", b"12")),
            "it has no health service (grpc-status '12')",
            id="trailers-only",
        ),
        pytest.param(
            SETTINGS + STARTED + SERVING + frame(1, 5, 1, plain(b"grpc-status", b"13")),
            "it refused the call (grpc-status '13')",
            id="serving-and-then-an-error",
        ),
        pytest.param(
            SETTINGS + STARTED + DONE,
            "it says something that is not one whole",
            id="ok-without-a-message",
        ),
        pytest.param(
            SETTINGS + STARTED + frame(0, 1, 1, SERVING[9:]),
            "the answer has no grpc-status",
            id="no-trailers",
        ),
        pytest.param(
            SETTINGS + frame(1, 5, 1, b"\x8d"), "HTTP status '404'", id="a-web-server"
        ),
        pytest.param(
            SETTINGS + frame(3, 0, 1, b"\0\0\0\x07"), "HTTP/2 error 7", id="reset"
        ),
        pytest.param(
            SETTINGS + frame(7, 0, 0, bytes(7) + b"\x0bgo\n\x1b[2J"),
            "HTTP/2 error 11) 'go\\n\\x1b[2J'",
            id="sent-away",
        ),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "not HTTP/2", id="http-1"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46 TLS", "not HTTP/2", id="tls"),
        pytest.param(
            SETTINGS + b"\xff\xff\xff\0\0\0\0\0\1", "16777215 bytes", id="oversized"
        ),
        pytest.param(
            SETTINGS + frame(0, 0, 1, bytes(16384)) * 5, "more than", id="endless-data"
        ),
        pytest.param(
            SETTINGS + frame(9, 0, 1, bytes(16384)) * 5,
            "more than",
            id="endless-headers",
        ),
        pytest.param(SETTINGS + frame(0, 8, 1, b"\xff12"), "padding", id="all-padding"),
        pytest.param(SETTINGS + frame(0, 8, 1, b""), "padding", id="no-pad-length"),
        pytest.param(
            SETTINGS + frame(1, 5, 1, b"\x40\x7f"), "cut short", id="cut-headers"
        ),
        pytest.param(
            SETTINGS + frame(1, 5, 1, b"\xbe"), "table", id="a-table-we-forbade"
        ),
        pytest.param(
            SETTINGS + frame(1, 5, 1, b"\x40" + b"\xff" * 99),
            "number",
            id="huge-number",
        ),
    ],
)
@pytest.mark.parametrize("packets", ["one-packet", "many-packets"])
async def test_tells_what_it_hears(said: bytes, reason: str, packets: str) -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        step = len(said) if packets == "one-packet" else max(1, len(said) // 99)
        for start in range(0, len(said), step):
            writer.write(said[start : start + step])
            await writer.drain()

    async with peer(say) as port:
        assert reason in await outcome(port)


async def _silence(_writer: asyncio.StreamWriter) -> None:
    pass


async def _chatter(writer: asyncio.StreamWriter) -> None:
    writer.write(SETTINGS)
    while not writer.is_closing():
        writer.write(frame(6, 0, 0, b"12345678"))
        await writer.drain()
        await asyncio.sleep(0.01)


async def page(port: int, *, timeout_s: float = 5.0) -> str:
    """Return healthy, or why the page is not."""
    try:
        await asyncio.to_thread(get, "127.0.0.1", port, "/healthz", timeout_s=timeout_s)
    except ProbeFailed as error:
        return error.reason
    return "healthy"


FINE = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param(FINE + b"content-length: 3\r\n\r\nok\n", "healthy", id="length"),
        pytest.param(FINE + b"\r\nuntil the end", "healthy", id="to-the-end"),
        pytest.param(FINE + b"Content-Length:0\r\n\r\n", "healthy", id="empty"),
        pytest.param(b"HTTP/1.0 200\r\n\r\n", "healthy", id="no-reason-phrase"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\n\r\n", "HTTP status 204", id="no-content"
        ),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n", "status 302", id="redirect"
        ),
        pytest.param(
            b"HTTP/1.1 503 Draining\r\ncontent-length: 2\r\n\r\nno",
            "it answers with HTTP status 503",
            id="leaving",
        ),
        pytest.param(
            FINE + b"content-length: 9\r\n\r\nok",
            "closed after 2 of 9 bytes",
            id="half-a-page",
        ),
        pytest.param(FINE, "closed before it answered", id="half-the-headers"),
        pytest.param(b"HTTP/1.1 2", "closed before it answered", id="half-a-line"),
        pytest.param(b"", "closed before it answered", id="nothing"),
        pytest.param(
            FINE + b"x: " + b"y" * 200_000, "headers of more than", id="huge-header"
        ),
        pytest.param(FINE + b"\r\n" + b"y" * 200_000, "a page of more", id="huge-page"),
        pytest.param(
            FINE + b"content-length: 99999999999\r\n\r\n",
            "a content-length of b'99999999999'",
            id="huge-length",
        ),
        pytest.param(
            FINE + b"content-length: -1\r\n\r\n", "content-length", id="minus-length"
        ),
        pytest.param(SETTINGS, "not an HTTP server: it says", id="http-2"),
        pytest.param(b"HTTP/2.0 200 OK\r\n\r\n", "not an HTTP", id="another-version"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", "not an HTTP", id="no-status"),
        pytest.param(b"HTTP/1.1 20x OK\r\n\r\n", "not an HTTP", id="no-digits"),
        pytest.param(b"\x1b[2J\r\n\r\n", "it says b'\\x1b", id="not-http"),
    ],
)
@pytest.mark.parametrize("packets", ["one-packet", "many-packets"])
async def test_a_page_is_healthy_with_200_and_to_its_end(
    said: bytes, reason: str, packets: str
) -> None:
    async def say(writer: asyncio.StreamWriter) -> None:
        step = max(1, len(said) if packets == "one-packet" else len(said) // 99)
        for start in range(0, len(said), step):
            writer.write(said[start : start + step])
            await writer.drain()
        with contextlib.suppress(OSError):  # it has heard enough, and left
            writer.write_eof()

    async with peer(say) as port:
        told = await page(port)

    assert reason in told
    assert told.isprintable()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(FINE)
    while not writer.is_closing():
        writer.write(b"x: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _stops_talking(writer: asyncio.StreamWriter) -> None:
    writer.write(FINE + b"content-length: 3\r\n\r\no")


@pytest.mark.parametrize("say", [_silence, _drip, _stops_talking])
async def test_the_time_is_for_the_whole_page(
    say: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async with peer(say) as port:
        async with asyncio.timeout(3):
            assert await page(port, timeout_s=0.2) == "no answer in 0.2 s"


async def test_the_question_is_one_that_every_server_reads() -> None:
    asked = bytearray()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(FINE + b"content-length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(read, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await page(port) == "healthy"

    head = f"GET /healthz HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\n"
    assert asked.decode().startswith(head)


@pytest.mark.parametrize(
    ("status", "reason"), [(200, "healthy"), (503, "it answers with HTTP status 503")]
)
async def test_asks_the_gateways_own_server(status: int, reason: str) -> None:
    async def app(_: Request) -> Response:
        return Response(status, b"{}")

    async with http_served(app) as up:
        assert await page(up.server.endpoint.port) == reason


@pytest.mark.parametrize("say", [_silence, _chatter])
async def test_the_time_is_for_the_whole_check(
    say: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async with peer(say) as port:
        async with asyncio.timeout(3):
            assert await outcome(port, timeout_s=0.2) == "no answer in 0.2 s"


async def test_a_peer_that_hangs_up_is_named() -> None:
    async def hangs_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with peer(hangs_up) as port:
        assert await outcome(port) in {
            "closed before it answered",
            "Connection reset by peer",
            "Broken pipe",
        }


async def test_nobody_there_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        assert await outcome(port) == "Connection refused"


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ("", None),
        ("test.Echo", None),
        ("no.Such", "it knows no such service (grpc-status '5')"),
        ("x" * 128, "a service name of more than 127 bytes"),
    ],
)
async def test_asks_a_real_server(service: str, reason: str | None) -> None:
    async with served(ECHO) as (server, _):
        host, port = server.endpoint.host, server.endpoint.port
        try:
            await asyncio.to_thread(check, host, port, service=service)
            said = None
        except ProbeFailed as error:
            said = error.reason

    assert said == reason


async def test_prints_one_line_about_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await asyncio.to_thread(main, ["[::1]:1", "--timeout-s", "1"]) == 1
    assert capsys.readouterr().err == "::1:1: Connection refused\n"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["127.0.0.1"],
        ["127.0.0.1:x"],
        ["127.0.0.1:0"],
        ["127.0.0.1:1", "--service"],
        ["127.0.0.1:1", "--timeout-s", "nan"],
        ["127.0.0.1:1", "--what", "x"],
    ],
)
def test_a_usage_error_shows_the_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert "usage: python -m fleet.probe" in capsys.readouterr().err


async def test_runs_as_a_program() -> None:
    async with served(ECHO) as (server, _):
        command = [sys.executable, "-m", "fleet.probe", str(server.endpoint)]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)

        assert await asyncio.wait_for(process.wait(), 20) == 0


def test_loads_neither_grpc_nor_much_else() -> None:
    code = "import sys, fleet.probe.__main__; print(*sys.modules)"
    command = [sys.executable, "-c", code]

    out = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: S603 - our own program

    loaded = set(out.stdout.decode().split())
    heavy = {
        "ssl",
        "grpc",
        "google.protobuf",
        "asyncio",
        "argparse",
        "dataclasses",
        "json",
    }
    assert not loaded & heavy
