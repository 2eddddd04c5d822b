"""Our server and our connections over TLS: who is let in, and who is not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from fleet.client.config import ConnectionConfig
from fleet.client.engine import Secrets, open_connection, watch_health
from fleet.endpoint import Endpoint
from fleet.server.identify import identify
from fleet.server.translate import translate_errors
from fleet.tls.files import Material, TlsFiles
from tests import programs
from tests.support.certificates import Authority
from tests.support.served import echo
from tests.support.served_tls import Served, connected, one, outcome, served_tls
from tests.support.until import until

OURS, OTHER = Authority("ours"), Authority("other")
NAMES = ("game-server.local", "127.65.0.1", "::1")
NOBODY = Material(OURS.pem, None, None)


async def _echo(request: bytes, _context: object) -> bytes:
    return request


async def _both(
    requests: AsyncIterator[bytes], _context: object
) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request


ECHO = echo(unary_unary=_echo, stream_stream=_both)


def caller(authority: Authority = OURS, days: float = 30) -> Material:
    return Material(OURS.pem, *authority.issue("gateway.local", days=days))


@pytest.fixture
def alone(tmp_path: Path) -> TlsFiles:
    """Files of a server that asks nobody for a certificate."""
    return OURS.files(tmp_path, *NAMES, ca=False)


@pytest.fixture
def mutual(tmp_path: Path) -> TlsFiles:
    """Files of a server that wants a certificate of everybody."""
    return OURS.files(tmp_path, *NAMES)


@pytest.mark.parametrize("name", ["game-server.local", None])
@pytest.mark.parametrize("lean", [False, True])
async def test_a_server_with_a_certificate_is_called(
    alone: TlsFiles,
    name: str | None,
    lean: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    async with served_tls(alone, ECHO) as there:
        way = open_connection(
            there.endpoint, ConnectionConfig(lean=lean), Secrets(NOBODY, name)
        )
        assert await outcome(way) == "OK"
        wrong = open_connection(
            there.endpoint, ConnectionConfig(lean=lean), Secrets(NOBODY, "b.local")
        )
        assert "Hostname Verification" in await outcome(wrong)
        assert await outcome(connected(there.endpoint, NOBODY, name)) == "OK"
        assert await outcome(connected(there.endpoint, caller(), name)) == "OK"


async def test_an_address_of_ipv6_is_a_name_too(alone: TlsFiles) -> None:
    async with served_tls(alone, ECHO, host="[::1]") as there:
        assert await outcome(connected(there.endpoint, NOBODY)) == "OK"


@pytest.mark.parametrize(
    ("ours", "name", "said"),
    [
        (NOBODY, "other.local", "Hostname Verification Check failed"),
        (Material(OTHER.pem, None, None), "game-server.local", "local issuer"),
        (None, None, "UNAVAILABLE failed to connect to all addresses"),
    ],
    ids=["wrong-name", "unknown-issuer", "plain"],
)
async def test_a_caller_refuses_what_it_cannot_believe(
    alone: TlsFiles, ours: Material | None, name: str | None, said: str
) -> None:
    async with served_tls(alone, ECHO) as there:
        assert said in await outcome(connected(there.endpoint, ours, name))


async def test_a_server_whose_certificate_has_expired_is_not_called() -> None:
    old = Material(None, *OURS.issue(*NAMES, days=-1))
    server = grpc.aio.server()
    pair = (old.key or b"", old.cert or b"")
    port = server.add_secure_port("127.65.0.1:0", grpc.ssl_server_credentials([pair]))
    await server.start()

    said = await outcome(connected(Endpoint("127.65.0.1", port), NOBODY))
    await server.stop(0)

    assert "certificate has expired" in said


async def test_a_plain_server_is_not_called_over_tls() -> None:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.65.0.1:0")
    await server.start()

    said = await outcome(connected(Endpoint("127.65.0.1", port), NOBODY))
    await server.stop(0)

    assert "Tls handshake failed" in said


@pytest.mark.parametrize(
    ("ours", "fine"),
    [
        (caller(), True),
        (NOBODY, False),
        (caller(OTHER), False),
        (caller(days=-1), False),
    ],
    ids=["ours", "none", "of-another-authority", "expired"],
)
async def test_a_server_with_authorities_wants_a_certificate(
    mutual: TlsFiles,
    ours: Material,
    fine: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    async with served_tls(mutual, ECHO) as there:
        said = await outcome(connected(there.endpoint, ours))

    assert said == "OK" if fine else said.startswith("UNAVAILABLE")


async def test_the_health_stream_runs_over_tls(mutual: TlsFiles) -> None:
    async with served_tls(mutual, ECHO) as there:
        way = connected(there.endpoint, caller())
        stream = watch_health(way, "", wait_for_ready=False)
        assert await stream.read() is True

        there.health.leave()
        assert await stream.read() is False
        await way.close()


async def test_the_name_is_said_in_the_handshake(alone: TlsFiles) -> None:
    """A proxy in front of many services tells them apart by it."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(alone.cert), str(alone.key))
    context.sni_callback = lambda _tls, name, _context: names.append(name)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.65.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    await outcome(connected(Endpoint("127.65.0.1", port), NOBODY, "game-server.local"))
    server.close()

    assert names[0] == "game-server.local"


async def rotate(there: Served, files: TlsFiles, authority: Authority) -> None:
    """Replace *files* as an operator does, and wait until they are in use."""
    before = there.keeper.material
    assert files.cert
    authority.files(files.cert.parent, *NAMES)
    await there.keeper.look()
    await there.keeper.look()
    assert there.keeper.material is not before


async def test_certificates_are_replaced_while_calls_run(mutual: TlsFiles) -> None:
    failed: list[grpc.aio.AioRpcError] = []
    made, over = [0], asyncio.Event()

    async def load(way: grpc.aio.Channel) -> None:
        while not over.is_set():
            try:
                await one(way)
            except grpc.aio.AioRpcError as error:
                failed.append(error)
            made[0] += 1

    async with served_tls(mutual, ECHO) as there:
        ways = [connected(there.endpoint, caller()) for _ in range(4)]
        both: grpc.aio.StreamStreamMultiCallable[bytes, bytes]
        both = ways[0].stream_stream("/test.Echo/Both")
        stream = both()
        await stream.write(b"before")
        assert await stream.read() == b"before"
        loads = [asyncio.create_task(load(way)) for way in ways for _ in range(2)]
        for _ in range(3):
            calls = made[0]
            await rotate(there, mutual, OURS)
            shown = await _shown(there.endpoint)
            assert shown == there.keeper.material.cert
            assert await outcome(connected(there.endpoint, caller())) == "OK"
            await until(lambda least=calls + 50: made[0] > least)  # type: ignore[misc]
        over.set()
        await asyncio.gather(*loads)
        await stream.write(b"after")
        assert await stream.read() == b"after"
        await stream.done_writing()
        for way in ways:
            await way.close()

    assert not failed


async def _shown(endpoint: Endpoint) -> bytes:
    """Return the certificate that a new connection is shown."""
    pem = await asyncio.to_thread(
        ssl.get_server_certificate, (endpoint.host, endpoint.port), timeout=5
    )
    return pem.encode()


async def test_an_authority_that_is_dropped_lets_nobody_in_any_more(
    mutual: TlsFiles,
) -> None:
    theirs = Material(OTHER.pem, *OTHER.issue("gateway.local"))
    async with served_tls(mutual, ECHO) as there:
        old = connected(there.endpoint, caller())
        await one(old)
        assert (await outcome(connected(there.endpoint, theirs))) != "OK"

        await rotate(there, mutual, OTHER)

        assert (await outcome(connected(there.endpoint, theirs))) == "OK"
        dropped = Material(OTHER.pem, *OURS.issue("gateway.local"))
        assert (await outcome(connected(there.endpoint, dropped))) != "OK"
        assert await one(old) == b"x"
        await old.close()


async def test_a_bad_new_set_leaves_the_old_one_in_use(mutual: TlsFiles) -> None:
    assert mutual.key
    async with served_tls(mutual, ECHO) as there:
        mutual.key.write_bytes(OURS.issue("a.local")[1])
        for _ in range(3):
            await there.keeper.look()

        assert await outcome(connected(there.endpoint, caller())) == "OK"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("other.local", "gateway.local"), "OK"),
        (("spiffe://fleet/gateway",), "OK"),
        (
            ("other.local",),
            "PERMISSION_DENIED the caller's certificate names other.local",
        ),
    ],
)
async def test_callers_are_known_by_their_alternative_names(
    mutual: TlsFiles, names: tuple[str, ...], said: str
) -> None:
    refused: list[None] = []
    listed = ("gateway.local", "spiffe://fleet/gateway")
    guarded = identify(_echo, listed, lambda: refused.append(None))
    guard = echo(unary_unary=translate_errors(guarded))
    async with served_tls(mutual, guard) as there:
        ours = Material(OURS.pem, *OURS.issue(*names, common="gateway.local"))
        assert (await outcome(connected(there.endpoint, ours))).startswith(said)

    assert bool(refused) is (said != "OK")


@pytest.mark.needs("grpcurl")
async def test_grpcurl_calls_over_mutual_tls(mutual: TlsFiles, tmp_path: Path) -> None:
    people = OURS.files(tmp_path / "people", "laptop")
    flags = {"-cacert": people.ca, "-cert": people.cert, "-key": people.key}
    async with served_tls(mutual, ECHO) as there:
        words = [str(word) for pair in flags.items() for word in pair]
        check = "grpc.health.v1.Health/Check"
        code, said = await _grpcurl(*words, str(there.endpoint), check)
        assert (code, "SERVING" in said) == (0, True), said

        code, _ = await _grpcurl(
            *words[:2], "-max-time", "5", str(there.endpoint), check
        )
        assert code != 0


async def _grpcurl(*words: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        programs.find("grpcurl") or "grpcurl",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, said.decode()
