"""`fleet up --tls` as people use it: every way to call it, and rotation under load."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.local.control.ask import ask
from fleet.local.home import Home
from fleet.local.tls.authority import new_authority
from fleet.local.tls.certificates import Certificates
from fleet.tls.files import TlsFiles
from tests.support.until import until
from tests.support.up import ROOT, Up, declared, free_port, up

HOST = "127.66.2.1"
MOST = 5000
"""Calls of one channel: longer than a rotation takes to arrive."""
CALL = ("rpc.Rpc/GetChampion", '{"champion_id": 1}')


@dataclass
class Encrypted:
    """A fleet with TLS, and a gateway before it."""

    up: Up
    report: dict[str, Any]

    @property
    def files(self) -> TlsFiles:
        return TlsFiles(**{name: Path(at) for name, at in self.report["tls"].items()})

    def endpoint(self, service: int) -> str:
        return str(self.report["services"][service]["tasks"][0]["endpoint"])

    def hint(self, beginning: str) -> str:
        """Return the printed line that begins so."""
        lines = (line.strip() for line in self.up.err)
        return next(line for line in lines if line.startswith(beginning))


@contextlib.asynccontextmanager
async def encrypted(home: Path, *, tasks: int = 1) -> AsyncIterator[Encrypted]:
    gateway = f"""
[services.gateway]
command = ["python", "-m", "services.gateway"]
port = {free_port(HOST)}
probe = "http"
tls = "GATEWAY_TLS"
targets = {{GATEWAY_TARGETS = ["game-server"]}}
env = {{PYTHONPATH = "{ROOT}"}}
examples = [["GET /v1/champions/1", ""]]
"""
    path = declared(home, free_port(HOST), tasks=tasks, more=gateway)
    where = ("--first-address", HOST, "--dns", f"{HOST}:{free_port(HOST)}")
    async with up(home, "--tls", *where, path=path) as running:
        await running.ready()
        yield Encrypted(running, await ask(Home(home), "ps"))


async def pasted(line: str) -> str:
    """Run a line in a shell, as somebody who has pasted it."""
    process = await asyncio.create_subprocess_shell(
        line,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@pytest.mark.needs("curl", "grpcurl")
async def test_what_is_printed_works_and_a_plain_call_is_told_why(home: Path) -> None:
    async with encrypted(home) as fleet:
        lines = [fleet.hint("grpcurl"), fleet.hint("curl"), _call(fleet)]
        answers = await asyncio.gather(*map(pasted, lines))
        plain = await fleet.up.fleet("call", fleet.endpoint(0), *CALL)

    assert "-cacert" in lines[0]
    assert all("Akali" in answer for answer in answers)
    assert plain.code == 1
    assert "it speaks TLS, and we do not" in plain.err
    assert "give --tls, and --ca FILE" in plain.err
    assert len(plain.err.splitlines()) == 1


def _call(fleet: Encrypted) -> str:
    beginnings = (" call game-server " in line for line in fleet.up.err)
    line = next(x for x, found in zip(fleet.up.err, beginnings, strict=True) if found)
    return f"PYTHONPATH={ROOT} {line.strip()}"


def options(files: TlsFiles) -> tuple[str, ...]:
    named = {"--ca": files.ca, "--cert": files.cert, "--key": files.key}
    return tuple(word for o, path in named.items() if path for word in (o, str(path)))


@pytest.mark.slow
async def test_every_command_and_every_trouble(home: Path, tmp_path: Path) -> None:
    strange = _strangers(tmp_path)
    async with encrypted(home) as fleet:
        run, at, own = fleet.up.fleet, fleet.endpoint(0), fleet.files
        target = ("--target", "game-server")
        for line in (
            ("call", at, *CALL, *options(own)),
            ("list", "game-server"),
            ("describe", "game-server", "rpc.Champion"),
            ("explain", "game-server"),
            ("explain", at, *options(own), "--name", "game-server.local"),
        ):
            done = await run(*line)
            assert (done.code, done.err) == (0, ""), line
        boards = await run("ranking", "boards", *target)
        assert "rankings need a store" in boards.err  # so it was asked
        for line, advice in (
            (("--ca", str(own.ca)), "give --cert"),
            ((*options(own), "--name", "door.local"), "--server-name"),
            (options(strange), "give --ca"),
            ((*options(strange), "--ca", str(own.ca)), "refuses our certificate"),
            (("--ca", str(tmp_path / "none.pem")), "none.pem cannot be read"),
        ):
            wrong = await run("call", at, *CALL, *line)
            assert wrong.code in (1, 2)
            assert advice in wrong.err


def _strangers(folder: Path) -> TlsFiles:
    authority = new_authority()
    made = Certificates(folder / "tls", "local", authority.issue)
    made.begin(authority.pem)
    return made.people


@pytest.mark.slow
async def test_certificates_are_rotated_under_load(home: Path) -> None:
    async with encrypted(home, tasks=3) as fleet:
        over = asyncio.Event()
        calling = asyncio.create_task(_calls(fleet, over))
        asking = asyncio.create_task(_asks(fleet.endpoint(1), over))
        seen = {await shown(fleet)}
        for _ in range(3):
            await ask(Home(home), "renew")
            await _until_new(fleet, seen)
        over.set()
        ended, statuses = await calling, await asking

    assert [each["failed"] for each in ended] == [{}] * len(ended)
    assert sum(each["calls"] for each in ended) >= MOST
    assert set(statuses) == {200}


async def _calls(fleet: Encrypted, over: asyncio.Event) -> list[dict[str, Any]]:
    """Call again and again with one channel, then with the next; return the sums."""
    ended = []
    often = ("--repeat", str(MOST), "--concurrency", "8", "--json")
    while not over.is_set():
        done = await fleet.up.fleet("call", "game-server", *CALL, *often)
        ended.append(done.json)
    return ended


async def _until_new(fleet: Encrypted, seen: set[bytes]) -> None:
    async with asyncio.timeout(20):
        while (latest := await shown(fleet)) in seen:  # noqa: ASYNC110 - a process
            await asyncio.sleep(0.1)
    seen.add(latest)


async def shown(fleet: Encrypted) -> bytes:
    """Return the certificate that a task shows to whoever comes now."""
    files = fleet.files
    assert files.cert
    context = ssl.create_default_context(cafile=files.ca)
    context.load_cert_chain(files.cert, files.key)
    context.set_alpn_protocols(["h2"])
    host, _, port = fleet.endpoint(0).rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return bytes(found)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _asks(door: str, over: asyncio.Event) -> list[int]:
    """Ask the gateway again and again; return the statuses."""
    statuses = []
    host, _, port = door.rpartition(":")
    head = f"GET /v1/champions/1 HTTP/1.1\r\nhost: {door}\r\nconnection: close\r\n\r\n"
    while not over.is_set():
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head.encode())
        statuses.append(int((await reader.readline()).split()[1]))
        writer.close()
    return statuses


@pytest.mark.slow
async def test_a_new_address_is_in_the_certificate(home: Path) -> None:
    async with encrypted(home) as fleet:
        scaled = await fleet.up.fleet("scale", "game-server=3", "--json")
        assert scaled.json[0]["healthy"] == 3
        [game, door] = (await fleet.up.fleet("ps", "--json")).json["services"]
        own = options(fleet.files)
        for task in game["tasks"]:
            done = await fleet.up.fleet("call", task["endpoint"], *CALL, *own)
            assert json.loads(done.out)["champion"]["name"] == "Akali"

    hosts = [task["endpoint"].rpartition(":")[0] for task in game["tasks"]]
    assert len(set(hosts)) == 3
    pages = [task["metrics"] for task in game["tasks"]]
    assert all(f"//{host}:" in page for host, page in zip(hosts, pages, strict=True))
    assert door["tasks"][0]["metrics"] == f"{door['url']}/metrics"
    await until(lambda: not fleet.files.cert or not fleet.files.cert.exists())
