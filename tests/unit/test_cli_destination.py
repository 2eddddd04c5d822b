"""Where commands call and over what, and what they say when TLS does not work."""

import argparse
import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.cli import renew
from fleet.cli.destination import Destination, advised, destination, tls_arguments
from fleet.cli.session import Session
from fleet.endpoint import Endpoint
from fleet.errors import BadInput, ControlFailed, NoEndpoints, Status
from fleet.local.control.commands import Commands
from fleet.local.control.socket import control
from fleet.local.home import Home
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tls.authority import new_authority
from fleet.local.tls.certificates import Certificates
from fleet.tls.config import TlsConfig
from fleet.tls.diagnose import why
from fleet.tls.files import Material, Secrets, TlsFiles

HOST = "127.66.1.1"
UNTOLD = "failed to connect to all addresses; last error: Ssl handshake failed"
URL = "dns://127.0.0.1:1/game.local:5000"
TOLD = {"ca": "/h/ca.pem", "cert": "/h/laptop.pem", "key": "/h/laptop.key"}


@contextlib.asynccontextmanager
async def session(
    folder: Path, tls: Mapping[str, str] | None
) -> AsyncIterator[Session]:
    """Let a fleet answer that has one service, `game`."""
    home = Home(folder)
    told = {"service": "game", "probe": "grpc", "url": None, "target": URL}

    async def answer(*_: object) -> object:
        return {"services": [told], "tls": tls}

    async with control(home.socket, answer):
        yield Session({}, home, json=False)


def typed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    tls_arguments(parser)
    return parser.parse_args(argv)


def files(ca: str, cert: str, key: str) -> TlsFiles:
    return TlsFiles(ca=Path(ca), cert=Path(cert), key=Path(key))


OWN = files("/h/ca.pem", "/h/laptop.pem", "/h/laptop.key")


@pytest.mark.parametrize(
    ("argv", "tls"),
    [
        pytest.param((), None, id="not-encrypted"),
        pytest.param(("--tls",), TlsConfig(files=TlsFiles()), id="the-systems"),
        pytest.param(
            ("--ca", "/c"),
            TlsConfig(files=TlsFiles(ca=Path("/c"))),
            id="a-file-says-so",
        ),
        pytest.param(
            ("--ca", "/c", "--cert", "/d", "--key", "/e", "--name", "game.local"),
            TlsConfig(files=files("/c", "/d", "/e"), name="game.local"),
            id="all",
        ),
        pytest.param(
            ("--server-name", "a"), TlsConfig(files=TlsFiles(), name="a"), id="long"
        ),
    ],
)
async def test_what_is_typed_decides(argv: tuple[str, ...], tls: TlsConfig) -> None:
    nowhere = Session({}, Home(Path("/nonexistent")), json=False)

    found = await destination(typed("10.0.0.1:5000", *argv), nowhere)
    assert found == Destination("fixed://10.0.0.1:5000", tls)


async def test_the_files_of_a_local_fleet_are_found(tmp_path: Path) -> None:
    async with session(tmp_path, TOLD) as local:
        found = await destination(typed("game"), local)
        another = await destination(typed("game", "--ca", "/c"), local)

    assert found == Destination(URL, TlsConfig(files=OWN))
    theirs = files("/c", "/h/laptop.pem", "/h/laptop.key")
    assert another == Destination(URL, TlsConfig(files=theirs))


async def test_a_local_fleet_without_tls_is_called_plainly(tmp_path: Path) -> None:
    async with session(tmp_path, None) as local:
        assert await destination(typed("game"), local) == Destination(URL, None)


@pytest.mark.parametrize("lonely", ["--cert", "--key"])
async def test_a_certificate_and_its_key_belong_together(lonely: str) -> None:
    nowhere = Session({}, Home(Path("/nonexistent")), json=False)
    with pytest.raises(BadInput, match="--key"):
        await destination(typed("10.0.0.1:5000", lonely, "/x"), nowhere)


def issued(folder: Path, *, days: int = 30) -> Certificates:
    authority = new_authority()
    life = timedelta(days=days)
    made = Certificates(folder, "local", authority.issue, life=life)
    made.begin(authority.pem)
    return made


@contextlib.asynccontextmanager
async def server(context: ssl.SSLContext | None) -> AsyncIterator[Endpoint]:
    """Take connections, and say nothing on them but hello."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))
        writer.close()

    listening = await asyncio.start_server(greet, HOST, 0, ssl=context)
    async with listening:
        yield Endpoint(HOST, listening.sockets[0].getsockname()[1])


def serving(of: TlsFiles, *, callers: bool = True) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert of.ca
    assert of.cert
    made.load_cert_chain(of.cert, of.key)
    made.load_verify_locations(of.ca)
    made.set_alpn_protocols(["h2"])
    if callers:
        made.verify_mode = ssl.CERT_REQUIRED
    return made


async def told(
    context: ssl.SSLContext | None, client: TlsFiles | None, name: str = HOST
) -> str:
    """Return the line that a command ends with when it calls there."""
    secrets = None
    if client is not None:
        # Unchecked: a library that reads files would refuse some of these itself.
        ca, cert, key = (
            path.read_bytes() if path else None
            for path in (client.ca, client.cert, client.key)
        )
        secrets = Secrets(Material(ca, cert, key), name)
    async with server(context) as endpoint:
        reason = await why(endpoint, secrets, UNTOLD)
    return str(advised(NoEndpoints("fixed://x", reason, Status.UNAVAILABLE)))


async def test_each_trouble_is_told_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    made, strange = issued(tmp_path / "a"), issued(tmp_path / "b")
    game = made.service("game", HOST)
    nobody = TlsFiles(ca=made.ca)

    lines = {
        "give --tls": await told(serving(game), None),
        "leave out --tls": await told(None, made.people),
        "give --cert": await told(serving(game), nobody),
        "give another one": await told(serving(game), at(strange.people, made.ca)),
        "give --ca": await told(serving(game), strange.people),
        "--server-name": await told(serving(game), made.people, "door.local"),
        "fleet renew": await told(serving(expired(tmp_path, made)), made.people),
    }

    for advice, line in lines.items():
        assert advice in line
        assert "\n" not in line


def at(files: TlsFiles, ca: Path) -> TlsFiles:
    return TlsFiles(ca=ca, cert=files.cert, key=files.key)


def expired(folder: Path, made: Certificates) -> TlsFiles:
    """Return a certificate of the same authority that is over."""
    old = Certificates(folder / "old", "local", made.issue, life=timedelta(seconds=-1))
    old.begin(made.ca.read_bytes())
    return old.service("game", HOST)


async def test_what_is_not_about_tls_stays_as_it_is() -> None:
    error = NoEndpoints("x", "Connection refused", Status.UNAVAILABLE)
    assert advised(error) is error


async def test_renew_replaces_every_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = issued(tmp_path / "tls")
    game = made.service("game", HOST)
    assert game.cert
    before = game.cert.read_bytes()
    home = Home(tmp_path)
    with contextlib.closing(Journal(tmp_path)) as journal:
        fleet = Supervisor(Options(), journal, tls=made)
        async with control(home.socket, Commands(fleet).answer):
            local = Session({}, home, json=False)
            assert await renew.run(argparse.Namespace(), local) == 0
            assert capsys.readouterr().out == "certificates renewed: 2\n"
            assert game.cert.read_bytes() != before

            fleet.tls = None
            with pytest.raises(ControlFailed, match="fleet up --tls"):
                await renew.run(argparse.Namespace(), local)
