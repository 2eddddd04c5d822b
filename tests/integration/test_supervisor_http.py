"""Services that speak HTTP: asked over HTTP, told whom to call, shown to people."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.cli.running.hints import hints
from fleet.endpoint import Endpoint
from fleet.local.control.report import report, url
from fleet.local.home import Home
from fleet.local.logs.journal import Journal
from fleet.local.options import LifeOptions, Options
from fleet.local.plan import ServicePlan
from fleet.local.tasks.health import http_probe
from fleet.local.tasks.supervisor import Supervisor, supervise
from tests.support.gateway_http import Answer, Caller, echo, served
from tests.support.until import until
from tests.support.up import ROOT, fleet, free_port, up

HOST = "127.0.44.1"
DOOR = ("python", "-m", "tests.support.gateway_serve")
LIFE = LifeOptions(linger_s=0.1, grace_s=0.5, margin_s=2, probe_every_s=0.1)


class Nowhere:
    """A registry that nobody asks."""

    def register(self, service: str, endpoint: Endpoint) -> None:
        """Forget it."""

    def deregister(self, service: str, endpoint: Endpoint) -> None:
        """Forget it."""


@contextlib.asynccontextmanager
async def running(
    folder: Path, *, one_address: bool = False, tasks: int = 1, more: str = ""
) -> AsyncIterator[Supervisor]:
    """Run a door to a service that has no tasks."""
    options = Options(
        first_host=HOST,
        dns=Endpoint("127.0.44.9", 5300),
        one_address=one_address,
        life=LIFE,
    )
    game = ServicePlan(
        name="game", command=("python",), port=5000, folder=ROOT, tasks=0
    )
    door = ServicePlan(
        name="door",
        command=(*DOOR, *more.split()),
        port=free_port(HOST),
        folder=ROOT,
        tasks=tasks,
        probe="http",
        targets={"GATEWAY_TARGETS": ("game", "door")},
        examples=(("GET /v1/a?b=1", ""), ("POST /v1/b", '{"a": 1}')),
        hints=("ps --json",),
    )
    journal = Journal(folder)
    supervisor = Supervisor(options, journal)
    try:
        async with supervise([game, door], supervisor, Nowhere(), os.environ):
            yield supervisor
    finally:
        journal.close()


async def settled(supervisor: Supervisor) -> None:
    async with asyncio.timeout(20):
        await supervisor.pulse.until(lambda: supervisor.service("door").settled)


@pytest.mark.parametrize("one_address", [False, True])
async def test_a_door_is_healthy_knows_whom_to_call_and_is_shown(
    tmp_path: Path, *, one_address: bool
) -> None:
    async with running(tmp_path, one_address=one_address) as supervisor:
        await settled(supervisor)
        [task] = supervisor.service("door").tasks
        address = f"http://{task.endpoint}"
        assert url(supervisor.service("door")) == address
        assert url(supervisor.service("game")) is None

        told = (await _get(task.endpoint, "/targets")).body.decode()
        wanted = [supervisor.target(supervisor.service(n)) for n in ("game", "door")]
        assert told.split(" ") == wanted

        text = hints(supervisor, Home(tmp_path))
        assert text.startswith(f"open {address}\ntry, in another terminal:\n")
        assert f"  curl '{address}/v1/a?b=1'\n" in text
        assert f"""  curl -X POST -d '{{"a": 1}}' {address}/v1/b\n""" in text
        assert "game.local" in text
        assert "door.local" not in text
        assert " ps --home " in text
        assert " restart game --rolling --home " in text
        assert _told(supervisor, "door")["url"] == address
    assert not list(supervisor.tasks())


async def _get(where: Endpoint, path: str) -> Answer:
    reader, writer = await asyncio.open_connection(where.host, where.port)
    try:
        return await Caller(reader, writer).get(path)
    finally:
        writer.close()


def _told(supervisor: Supervisor, name: str) -> dict[str, object]:
    services = report(supervisor)["services"]
    assert isinstance(services, list)
    [found] = [s for s in services if s["service"] == name]
    return dict(found)


async def test_a_door_that_says_no_is_not_healthy(tmp_path: Path) -> None:
    async with running(tmp_path, more="ill") as supervisor:
        await until(
            lambda: any("says 503" in task.problem for task in supervisor.tasks()),
            limit_s=20,
        )
        [task] = supervisor.tasks()
        assert task.problem == f"{task.endpoint}: GET /readyz says 503"
        assert url(supervisor.service("door")) is None
        assert "open" not in hints(supervisor, Home(tmp_path))


async def test_the_probe_of_an_answer() -> None:
    async with served(echo) as up_now:
        assert await http_probe(up_now.server.endpoint, 5) is None


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(b"SSH-2.0-x\r\n", "is not HTTP", id="another-protocol"),
        pytest.param(b"HTTP/1.1 200\x1b OK\r\n", "is not HTTP", id="control"),
        pytest.param(b"x" * 100_000, "is not HTTP", id="endless"),
        pytest.param(b"HTTP/1.1 302 Found\r\n", "says 302", id="elsewhere"),
        pytest.param(b"HTTP/1.1", "hung up on GET /readyz", id="cut-off"),
        pytest.param(None, "no answer to GET /readyz within 0.1 s", id="silence"),
    ],
)
async def test_the_probe_of_something_else(raw: bytes | None, problem: str) -> None:
    over = asyncio.Event()

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if raw is None:
            await over.wait()
        else:
            writer.write(raw)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    timeout_s = 0.1 if raw is None else 10
    said = await http_probe(Endpoint("127.0.0.1", port), timeout_s)
    over.set()
    server.close()
    await server.wait_closed()
    assert said is not None
    assert problem in said


async def test_the_probe_of_nobody() -> None:
    port = free_port("127.0.0.1")
    said = await http_probe(Endpoint("127.0.0.1", port), 5)
    assert said is not None
    assert "refused" in said.lower() or "connect" in said.lower()


async def test_fleet_up_prints_where_to_look(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    port = free_port("127.0.43.1")
    path.write_text(
        "[services.door]\n"
        f'command = {list(DOOR)}\nport = {port}\nprobe = "http"\n'
        'targets = { GATEWAY_TARGETS = ["door"] }\n'
        f'env = {{ PYTHONPATH = "{ROOT}" }}\n'
    )
    async with up(tmp_path / "home", path=path) as run:
        await run.ready()
        assert f"open http://127.0.43.1:{port}\n" in "".join(run.err)
        for command in ("explain", "list", "describe"):
            ended = await fleet(command, "door", home=run.home)
            assert ended.code != 0
            assert f"speaks HTTP at http://127.0.43.1:{port}" in ended.err
            assert "Traceback" not in ended.err
        found = await fleet("resolve", "door", home=run.home)
        assert found.out == f"127.0.43.1:{port}\n"
