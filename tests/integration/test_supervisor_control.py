"""The control socket and the state folder, with what a stranger may send."""

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.errors import AlreadyRunning, BadInput, ControlFailed, NotRunning
from fleet.local.control.ask import ask
from fleet.local.control.commands import Commands
from fleet.local.control.socket import LONGEST_REQUEST, Request, Say, control
from fleet.local.home import Home
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.tasks.supervisor import Supervisor


async def echo(request: Request, say: Say) -> object:
    await say({"heard": request["command"]})
    return dict(request)


async def raw(path: Path, sent: bytes) -> list[dict[str, object]]:
    """Send bytes, and return what came back until the end."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    return [json.loads(line) for line in answer.splitlines()]


async def test_says_items_and_then_the_answer(tmp_path: Path) -> None:
    items: list[object] = []
    home = Home(tmp_path)
    async with control(home.socket, echo):
        answer = await ask(home, "x", on_item=items.append, a=1)

    assert (items, answer) == ([{"heard": "x"}], {"command": "x", "a": 1})


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(b"hello\n", "not a line of JSON", id="garbage"),
        pytest.param(b"\xff\xfe\n", "not a line of JSON", id="no-text"),
        pytest.param(b"[1]\n", "not an object", id="a-list"),
        pytest.param(b"[" * 60_000 + b"\n", "not a line of JSON", id="deep"),
        pytest.param(b"x" * (LONGEST_REQUEST * 2) + b"\n", "longer than", id="long"),
        pytest.param(b"{}\n", "no command ''; there is", id="nothing"),
        pytest.param(b'{"command": "pss"}\n', "did you mean 'ps'", id="near-miss"),
        pytest.param(b'{"command": ["ps"]}\n', "no command", id="no-string"),
        pytest.param(b'{"command": "ps", "x": 1}\n', "x is not a setting", id="extra"),
        pytest.param(
            b'{"command": "logs", "lines": "9"}\n', "lines = '9'", id="wrong-type"
        ),
        pytest.param(
            b'{"command": "scale", "service": "a", "tasks": 1}\n',
            "no service 'a'",
            id="no-such-service",
        ),
        pytest.param(b'{"command": "kill"}\n', "no task ''", id="no-task"),
    ],
)
async def test_answers_nonsense_with_a_reason(
    tmp_path: Path, sent: bytes, error: str
) -> None:
    fleet = Supervisor(Options(), Journal(tmp_path))
    path = tmp_path / "s"
    async with control(path, Commands(fleet).answer):
        [message] = await raw(path, sent)

        assert error in str(message["error"])
        assert (await raw(path, b'{"command": "ps"}\n'))[0]["ok"]


async def test_a_client_that_hangs_up_ends_its_stream(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def endless(request: Request, say: Say) -> object:
        del request
        try:
            await say("first")
            return await asyncio.Event().wait()
        finally:
            ended.set()

    async with control(tmp_path / "s", endless):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(b'{"command": "x"}\n')
        await reader.readline()
        writer.close()

        await asyncio.wait_for(ended.wait(), 5)


async def test_a_fleet_that_ends_in_the_middle_of_an_answer_is_told(
    tmp_path: Path,
) -> None:
    asked = asyncio.Event()

    async def never(request: Request, say: Say) -> object:
        del request, say
        asked.set()
        return await asyncio.Event().wait()

    home = Home(tmp_path)
    async with control(home.socket, never):
        asking = asyncio.create_task(ask(home, "x"))
        await asked.wait()

    with pytest.raises(ControlFailed, match="ended before"):
        await asking


@pytest.mark.parametrize("dead", [True, False], ids=["dead-socket", "no-socket"])
async def test_no_fleet_is_told(tmp_path: Path, *, dead: bool) -> None:
    home = Home(tmp_path)
    if dead:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(home.socket))

    with pytest.raises(NotRunning, match="fleet up"):
        await ask(home, "ps")


def test_the_folder_is_private_held_once_and_gone_afterwards(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.held():
        assert home.path.stat().st_mode & 0o777 == 0o700
        with (
            pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}, since 2"),
            home.held(),
        ):
            pass

    assert not home.path.exists()


def test_what_a_killed_fleet_has_left_is_cleared(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir(mode=0o700)
    (home.path / "lock").write_text("garbage")
    home.logs.mkdir()
    (home.logs / "old.log").write_text("old")
    home.socket.touch()

    with home.held():
        assert not any(home.logs.iterdir())
        assert not home.socket.exists()


def _open_to_others(path: Path) -> None:
    path.mkdir()
    path.chmod(0o755)


def _somebodys(path: Path) -> None:
    path.mkdir(mode=0o700)
    (path / "thesis.txt").touch()


def _link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir(mode=0o700)
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(_open_to_others, "chmod 700", id="open-to-others"),
        pytest.param(_somebodys, r"thesis\.txt", id="has-documents"),
        pytest.param(_link, "not a folder of yours", id="a-link"),
        pytest.param(Path.touch, "exists", id="a-file"),
    ],
)
def test_refuses_a_folder_that_is_not_its_own(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "home"
    make(path)

    with pytest.raises(BadInput, match=reason), Home(path).held():
        pass
    assert path.exists()


def test_refuses_a_path_that_is_too_long_for_a_socket(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="short --home"),
        Home(tmp_path / ("x" * 100)).held(),
    ):
        pass
