"""`fleet top` in a real terminal, on pages that are really served."""

import asyncio
import contextlib
import fcntl
import itertools
import json
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fleet.endpoint import Endpoint
from fleet.telemetry.page import page
from fleet.telemetry.prometheus import Registry
from fleet.telemetry.tally import Tally
from tests.support.until import until
from tests.support.up import ROOT, Up, fleet, up

HOSTS = ("127.68.2.1", "127.68.2.2")
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RED = "\x1b[1;31m"
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"
CONTROLLED = (
    "import fcntl, runpy, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "runpy.run_module('fleet.cli', run_name='__main__')"
)
"""`python -m fleet.cli`, with its terminal as the one that sends it signals."""


@dataclass(frozen=True)
class Row:
    """One endpoint, as `explain()` has it."""

    endpoint: str
    picked: bool = True
    calls: int = 0
    in_flight: int = 0
    failures: int = 0
    latency_ms: float | None = 1.0
    standing: str = "in"
    ejections: int = 0
    slowness: float = 1.0
    limit: float | None = 20.0


@dataclass(eq=False)
class Known:
    """A channel and what it knows."""

    rows: tuple[Row, ...]
    target: str = "dns://game-server.local:5000"

    def explain(self) -> "Known":
        return self


@dataclass
class Pages:
    """Two tasks, of which the first calls the second."""

    tallies: tuple[Tally, Tally] = field(default_factory=lambda: (Tally(), Tally()))
    channel: Known = field(default_factory=lambda: Known((Row(f"{HOSTS[1]}:5000"),)))
    port: int = 0

    @property
    def argv(self) -> tuple[str, ...]:
        target = f"fixed://{','.join(f'{host}:5000' for host in HOSTS)}"
        pace = ("--every-s", "0.1")
        return "top", target, "--metrics-port", str(self.port), *pace

    def serve(self, count: int) -> None:
        for _ in range(count):
            self.tallies[0].server("/rpc.Rpc/GetChampion").calls.add(0, 0.0045)

    def eject(self) -> None:
        [row] = self.channel.rows
        self.channel.rows = (replace(row, standing="out", slowness=8.0, ejections=1),)


@contextlib.asynccontextmanager
async def paged() -> AsyncIterator[Pages]:
    pages = Pages()
    first, second = pages.tallies
    first.channels.add(pages.channel)
    async with page(Endpoint(HOSTS[0], 0), Registry(first)) as at:
        pages.port = at.port
        async with page(Endpoint(HOSTS[1], at.port), Registry(second)):
            yield pages


class Terminal:
    """A terminal with a command in it, and all that this has written."""

    def __init__(self, process: asyncio.subprocess.Process, side: int) -> None:
        self.process = process
        self.side = side
        self.written = ""

    def hear(self) -> None:
        with contextlib.suppress(OSError):
            self.written += os.read(self.side, 65536).decode(errors="replace")

    @property
    def frame(self) -> str:
        """The last one, as it was written."""
        return self.written.rpartition("\x1b[H")[2]

    @property
    def lines(self) -> list[str]:
        """What is to be seen."""
        return [line.strip("\r") for line in CODES.sub("", self.frame).split("\n")]

    def row(self, start: str) -> str:
        """The first line that begins like this; empty: there is none."""
        return next((line for line in self.lines if line.startswith(start)), "")

    def type(self, keys: bytes) -> None:
        os.write(self.side, keys)

    def resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, size)

    async def shows(self, text: str) -> None:
        await until(lambda: text in "\n".join(self.lines))

    async def code(self) -> int:
        async with asyncio.timeout(10):
            return await self.process.wait()

    def modes(self) -> list[object]:
        return list(termios.tcgetattr(self.side))


@contextlib.asynccontextmanager
async def terminal(
    *argv: str, columns: int = 140, lines: int = 30, **env: str
) -> AsyncIterator[Terminal]:
    """Run a command of `fleet` in a terminal for the length of the block."""
    side, its = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS"}}
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CONTROLLED, *argv),
        env={**clean, "TERM": "xterm-256color", **env},
        cwd=ROOT,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    shown = Terminal(process, side)
    asyncio.get_running_loop().add_reader(side, shown.hear)
    try:
        yield shown
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        asyncio.get_running_loop().remove_reader(side)
        os.close(its)
        os.close(side)


async def test_the_view_follows_the_fleet_until_q() -> None:
    async with paged() as pages, terminal(*pages.argv) as shown:
        before = shown.modes()
        await shown.shows("2 tasks")
        row = f"{HOSTS[0]}:5000"
        await until(lambda: row in shown.row(row) and " 0 " in shown.row(row))
        assert RED not in shown.frame

        pages.serve(1000)
        await until(lambda: "4.5" in shown.row(row))  # milliseconds: p50
        pages.eject()
        await shown.shows(f"OUT: {HOSTS[1]}:5000")
        await shown.shows(f"{row} has ejected {HOSTS[1]}:5000, 8.0 times as slow")
        assert f"{RED}{row}  {HOSTS[1]}:5000" in shown.frame
        pages.channel.rows = (replace(pages.channel.rows[0], standing="in"),)
        await shown.shows(f"{row} has let {HOSTS[1]}:5000 come back")

        assert "MEMORY" in shown.row("TASK")
        shown.resize(80, 20)
        await until(lambda: "MEMORY" not in shown.row("TASK"))
        assert max(map(len, shown.lines)) <= 80
        shown.type(b"q")
        assert await shown.code() == 0
        assert shown.modes() == before
    assert shown.written.count(ENTERED) == shown.written.count(LEFT) == 1
    assert shown.written.endswith(f"\x1b[?25h{LEFT}")


async def test_a_task_whose_page_does_not_answer_is_shown_as_such() -> None:
    async with page(Endpoint(HOSTS[0], 0), Registry(Tally())) as at:
        argv = Pages(port=at.port).argv
        async with terminal(*argv, NO_COLOR="1") as shown:
            await shown.shows("1 SILENT")
            assert "SILENT" in shown.row(f"{HOSTS[1]}:5000")
            assert "\x1b[1m" not in shown.written
            async with page(Endpoint(HOSTS[1], at.port), Registry(Tally())):
                await shown.shows(f"{HOSTS[1]}:5000 answers again")
                assert "SILENT" not in shown.lines[0]
            await shown.shows("does not answer for its page: connection refused")


async def test_ctrl_c_and_ctrl_z_leave_the_terminal_as_it_was() -> None:
    async with paged() as pages, terminal(*pages.argv) as shown:
        before = shown.modes()
        await shown.shows("2 tasks")
        assert shown.modes() != before
        shown.type(b"\x1a")
        await until(lambda: shown.written.endswith(LEFT))
        await until(lambda: shown.modes() == before)
        shown.process.send_signal(signal.SIGCONT)
        await until(lambda: shown.written.count(ENTERED) == 2)
        await shown.shows("2 tasks")

        shown.type(b"\x03")
        assert await shown.code() == 130
        assert shown.modes() == before
    assert shown.written.endswith(LEFT)


async def test_a_signal_leaves_the_terminal_as_it_was() -> None:
    async with paged() as pages, terminal(*pages.argv) as shown:
        before = shown.modes()
        await shown.shows("2 tasks")
        shown.process.send_signal(signal.SIGTERM)

        assert await shown.code() == 128 + signal.SIGTERM
        assert shown.modes() == before
    assert shown.written.endswith(LEFT)


async def test_a_terminal_that_can_do_nothing_gets_one_table() -> None:
    async with paged() as pages, terminal(*pages.argv, TERM="dumb") as shown:
        assert await shown.code() == 0
        await until(lambda: "EJECTED" in shown.written)
    assert "\x1b" not in shown.written


async def test_a_pipe_gets_one_table_or_objects(home: Path) -> None:
    async with paged() as pages:
        pages.eject()
        table, told = await asyncio.gather(
            fleet(*pages.argv, home=home),
            fleet(*pages.argv, "--json", "--once", home=home),
        )

    assert [table.code, table.err, told.code] == [0, "", 0]
    assert "\x1b" not in table.out
    assert "MEMORY" in table.out
    assert f"OUT: {HOSTS[1]}:5000" in table.out.splitlines()[0]
    [line] = told.out.splitlines()
    [service] = json.loads(line)["services"]
    assert [row["endpoint"] for row in service["tasks"]] == [f"{h}:5000" for h in HOSTS]
    assert service["total"]["memory_bytes"] > 0
    assert json.loads(line)["clients"][0]["state"] == "out"


async def test_where_nothing_runs_the_advice_is_that_of_ps(home: Path) -> None:
    top, ps = await asyncio.gather(fleet("top", home=home), fleet("ps", home=home))

    assert top == ps
    assert (top.code, "start one: fleet up" in top.err) == (1, True)


ADDRESS = "127.68.1.1"
HOBBLED = """
import asyncio, os, pathlib, sys
from services.champion import __main__ as champion
from services.champion.service import ChampionService
quick = ChampionService.GetChampion
task = os.environ["FLEET_LISTEN"].partition(":")[0]
async def slow(self, request, context):
    told = pathlib.Path(os.environ["HOBBLED"], task).exists()
    await asyncio.sleep(0.08 if told else 0.01)
    request.champion_id = 1
    return await quick(self, request, context)
ChampionService.GetChampion = slow
sys.exit(champion.main())
"""
"""A game server whose calls take 10 ms, or 80 ms while there is a file of its name.

Any champion is the first, so that the gateway has many reads and all are answered.
"""


@pytest.mark.slow
async def test_a_running_fleet_with_a_task_that_becomes_slow(home: Path) -> None:
    folder = home.with_name("slow")
    folder.mkdir()
    async with (
        up(home, "--first-address", ADDRESS, path=two_services(home, folder)) as here,
        requests(Endpoint(ADDRESS, GATEWAY_PORT), here),
        terminal("top", "--every-s", "0.5", FLEET_HOME=str(home)) as shown,
    ):
        await until(lambda: figure(shown, "gateway-1", 3) > 100, limit_s=60)
        assert 10 <= figure(shown, "game-server-1", 4) < 40  # ms, half of the calls
        await until(lambda: figure(shown, "all", 1) > 100)
        (folder / "127.68.1.2").touch()
        await until(lambda: "OUT: game-server-2" in shown.lines[0], limit_s=30)
        assert f"{RED}gateway-1  game-server-2" in shown.frame
        (folder / "127.68.1.2").unlink()
        await until(lambda: "game-server-2 (127.68.1.2:5000) come back" in said(shown))
        await here.fleet("kill", "game-server-3")
        await until(lambda: "game-server-4 has come" in said(shown))
        shown.type(b"q")
        assert await shown.code() == 0


GATEWAY_PORT = 8368


def two_services(home: Path, folder: Path) -> Path:
    path = home.with_suffix(".toml")
    path.write_text(
        f"""
[services.game-server]
command = ["python", "-c", {json.dumps(HOBBLED)}]
port = 5000
tasks = 3
env = {{ PYTHONPATH = "{ROOT}", HOBBLED = "{folder}" }}

[services.gateway]
command = ["python", "-m", "services.gateway"]
port = {GATEWAY_PORT}
probe = "http"
env = {{ PYTHONPATH = "{ROOT}" }}
targets = {{ GATEWAY_TARGETS = ["game-server"] }}
"""
    )
    return path


def figure(shown: Terminal, start: str, at: int) -> float:
    """The number that stands in cell *at* of a row; 0 where there is none."""
    cells = shown.row(start).split()
    with contextlib.suppress(ValueError, IndexError):
        return float(cells[at].replace(",", ""))
    return 0.0


def said(shown: Terminal) -> str:
    return "\n".join(shown.lines)


@contextlib.asynccontextmanager
async def requests(door: Endpoint, here: Up) -> AsyncIterator[None]:
    """Ask a gateway for champions, 250 times a second, for the length of the block."""
    await here.ready()

    async def caller(first: int) -> None:
        reader, writer = await asyncio.open_connection(door.host, door.port)
        try:
            # Each a champion of its own, as equal reads would share one call.
            for number in itertools.count(first):
                path = f"/v1/champions/{number % 100 + 1}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                await asyncio.sleep(0.05)
        finally:
            writer.close()

    callers = [asyncio.create_task(caller(5 * n)) for n in range(20)]
    try:
        yield
    finally:
        for each in callers:
            each.cancel()
        await asyncio.wait(callers)
