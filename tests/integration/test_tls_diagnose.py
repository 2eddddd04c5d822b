"""Why a connection does not come up, in words that say what to do."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import grpc
import grpc.aio
import pytest

from fleet.endpoint import Endpoint
from fleet.tls.diagnose import why
from fleet.tls.files import Material, Secrets
from tests.support.certificates import CALLS, Authority
from tests.support.served_tls import connected, outcome

HOST, NAME = "127.65.1.1", "game-server.local"
OURS, OTHER = Authority("ours"), Authority("other")
NOBODY = Material(OURS.pem, None, None)
GOOD = OURS.issue(NAME, "b.local", "10.0.0.7")
FOR = "for game-server.local, b.local, 10.0.0.7"

Pair = tuple[bytes, bytes]


def caller(authority: Authority = OURS, days: float = 30) -> Material:
    return Material(OURS.pem, *authority.issue("gateway.local", days=days))


@contextlib.asynccontextmanager
async def grpc_server(
    pair: Pair | None, ca: bytes | None = None
) -> AsyncIterator[Endpoint]:
    """Serve nothing with gRPC's own server; a plain one without *pair*."""
    server = grpc.aio.server()
    if pair is None:
        port = server.add_insecure_port(f"{HOST}:0")
    else:
        shown = grpc.ssl_server_credentials(
            [pair[::-1]], ca, require_client_auth=ca is not None
        )
        port = server.add_secure_port(f"{HOST}:0", shown)
    await server.start()
    try:
        yield Endpoint(HOST, port)
    finally:
        await server.stop(0)


async def told(
    endpoint: Endpoint, ours: Material | None, name: str | None = NAME
) -> str:
    """Fail to connect as a channel does, and ask why."""
    said = await outcome(connected(endpoint, ours, name))
    _, _, reason = said.partition(" ")
    assert reason, "the connection has not failed"
    secrets = Secrets(ours, name) if ours else None
    found = await why(endpoint, secrets, reason)
    assert found.isprintable()
    return found


@pytest.mark.parametrize(
    ("pair", "name", "said"),
    [
        (
            GOOD,
            "other.local",
            f"its certificate is {FOR}, not for other.local",
        ),
        (
            GOOD,
            None,
            f"its certificate is {FOR}, not for {HOST}",
        ),
        (OURS.issue(NAME, days=-1), NAME, "its certificate has expired (20"),
        (OURS.issue(NAME, start=3), NAME, "its certificate is not valid before 20"),
        (
            OTHER.issue(NAME),
            NAME,
            "its certificate is of an authority that we do not know (issuer CN=other)",
        ),
        (OURS.issue(NAME, usage=CALLS), NAME, "its certificate is not for a server"),
        (None, NAME, "it does not speak TLS (wrong version number)"),
    ],
)
@pytest.mark.parametrize("ca", [None, OURS.pem])
async def test_says_what_is_wrong_with_the_server(
    pair: Pair | None, name: str | None, said: str, ca: bytes | None
) -> None:
    async with grpc_server(pair, ca) as endpoint:
        assert (await told(endpoint, NOBODY, name)).startswith(said)


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (NOBODY, "it wants a certificate from us"),
        (caller(OTHER), "it refuses our certificate (issuer CN=other)"),
        (caller(days=-1), "it refuses our certificate, which has expired (20"),
        (None, "it speaks TLS, and we do not"),
    ],
)
async def test_says_what_is_wrong_with_us(ours: Material | None, said: str) -> None:
    async with grpc_server(GOOD, OURS.pem) as endpoint:
        assert (await told(endpoint, ours)).startswith(said)


async def test_a_plain_caller_is_told_of_tls() -> None:
    async with grpc_server(GOOD) as endpoint:
        assert await told(endpoint, None) == "it speaks TLS, and we do not"


async def test_keeps_the_words_of_grpc_where_tls_has_no_part_in_it() -> None:
    async with grpc_server(GOOD) as endpoint:
        pass  # now nobody listens there

    for ours in (None, NOBODY):
        assert "Connection refused" in await told(endpoint, ours)


FAILED = "failed to connect to all addresses; last error: UNKNOWN: Tls handshake failed"


async def test_keeps_them_where_nothing_is_wrong_any_more() -> None:
    async with grpc_server(GOOD) as endpoint:
        assert await why(endpoint, Secrets(NOBODY, NAME), FAILED) == FAILED
    async with grpc_server(None) as endpoint:
        closed = "failed to connect to all addresses; last error: Socket closed"
        assert await why(endpoint, None, closed) == closed


async def test_a_connection_that_was_up_is_not_asked_about() -> None:
    async with grpc_server(GOOD, OURS.pem) as endpoint:
        assert await why(endpoint, None, "Socket closed") == "Socket closed"


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def python_server(
    serve: Serve, context: ssl.SSLContext | None = None
) -> AsyncIterator[Endpoint]:
    async with await asyncio.start_server(serve, HOST, 0, ssl=context) as server:
        yield Endpoint(HOST, server.sockets[0].getsockname()[1])


def context_of(
    tmp_path: Path, *, alpn: bool = True, ca: bool = False
) -> ssl.SSLContext:
    files = OURS.files(tmp_path, NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(files.cert), str(files.key))
    if alpn:
        context.set_alpn_protocols(["h2"])
    if ca:
        context.load_verify_locations(str(files.ca))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def refuse(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Fail one handshake, and let the alert be read before the connection ends."""
    wire, _ = listener.accept()
    tls = context.wrap_socket(wire, server_side=True, do_handshake_on_connect=False)
    with pytest.raises(ssl.SSLError):
        tls.do_handshake()
    with socket.socket(fileno=tls.detach()) as rest:
        rest.settimeout(10)
        rest.recv(1024)


async def test_a_server_of_something_else_is_named(tmp_path: Path) -> None:
    async with python_server(hang_up, context_of(tmp_path, alpn=False)) as endpoint:
        found = await why(endpoint, Secrets(NOBODY, NAME), FAILED)

    assert found == "it speaks TLS, but not HTTP/2 (ALPN h2)"


async def test_a_server_that_ends_the_handshake_is_named() -> None:
    async with python_server(hang_up) as endpoint:
        found = await why(endpoint, Secrets(NOBODY, NAME), FAILED)

    assert found.startswith("it ends the")


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (NOBODY, "it wants a certificate from us"),
        (
            caller(OTHER),
            "it refuses our certificate (issuer CN=other): tlsv1 alert unknown ca",
        ),
        (caller(days=-1), "it refuses our certificate, which has expired (20"),
    ],
)
async def test_servers_that_send_an_alert_are_understood(
    tmp_path: Path, ours: Material, said: str
) -> None:
    """OpenSSL tells what gRPC's own server keeps to itself."""
    context = context_of(tmp_path, ca=True)
    with socket.create_server((HOST, 0)) as listener:
        endpoint = Endpoint(HOST, listener.getsockname()[1])
        refusing = asyncio.create_task(asyncio.to_thread(refuse, listener, context))
        found = await why(endpoint, Secrets(ours, NAME), FAILED)
        await refusing

    assert found.startswith(said)


async def test_a_server_that_says_nothing_costs_a_bounded_time() -> None:
    async with python_server(wait) as endpoint, asyncio.timeout(10):
        ours = Secrets(NOBODY, NAME)
        assert await why(endpoint, ours, FAILED, limit_s=0.1) == FAILED
