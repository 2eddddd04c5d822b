"""The command line without a fleet: help, usage errors, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from fleet.cli import app
from fleet.cli.session import Session, home_of
from fleet.cli.target import target_url
from fleet.errors import BadTarget, NotRunning
from fleet.local.home import Home


def run(*argv: str, home: str = "/nonexistent/fleet") -> int:
    return app.main(argv, env={"FLEET_HOME": home})


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, "--help") == 0

    help_text = capsys.readouterr().out
    assert f"example:\n  fleet {name}" in help_text
    assert "--json" in help_text


@pytest.mark.parametrize("argv", [(), ("--help",)])
def test_help_names_every_command(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == 0
    text = capsys.readouterr().out
    assert all(f"    {name} " in text for name in app.COMMANDS)


def test_help_imports_neither_grpc_nor_dns() -> None:
    script = (
        "import sys; from fleet.cli import app; app.main(['--help'], env={});"
        "bad = {'grpc', 'dns', 'google', 'psutil'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        pytest.param(("pss",), 2, "did you mean 'ps'", id="near-miss"),
        pytest.param(("scale", "game"), 2, "not like game-server=3", id="no-count"),
        pytest.param(("scale", "game=-1"), 2, "not like", id="negative"),
        pytest.param(("kill",), 2, "TASK", id="missing-argument"),
        pytest.param(("ps", "--nope"), 2, "--nope", id="unknown-option"),
        pytest.param(("up", "--dns", "x"), 2, "--dns", id="bad-dns"),
        pytest.param(("up", "--first-address", "x"), 2, "--first", id="bad-address"),
        pytest.param(("up", "--file", "/nope"), 2, "no such file", id="no-file"),
        pytest.param(("up", "--ttl", "0"), 2, "--ttl", id="no-ttl"),
        pytest.param(("up", "--linger-s", "nan"), 2, "--linger-s", id="no-linger"),
        pytest.param(("up", "--tasks", "games=1"), 1, "game-server", id="service"),
        pytest.param(("ps",), 1, "fleet up", id="ps-without-fleet"),
        pytest.param(("down",), 1, "fleet up", id="down-without-fleet"),
        pytest.param(("logs",), 1, "fleet up", id="logs-without-fleet"),
        pytest.param(("kill", "a-1"), 1, "fleet up", id="kill-without-fleet"),
        pytest.param(("resolve", "game"), 1, "fleet up", id="name-without-fleet"),
        pytest.param(("resolve", "http://x"), 2, "dns://", id="bad-target"),
        pytest.param(
            ("up", "--first-address", "224.0.0.1"), 2, "--first", id="multicast"
        ),
        pytest.param(
            ("up", "--tasks", "game-server=101"), 2, "0 to 100", id="too-many"
        ),
        pytest.param(
            ("call", "127.0.0.1:1", "a.B/C", "-H", "x:a\nb"), 2, "-H", id="bad-header"
        ),
    ],
)
def test_tells_what_is_wrong_and_exits(
    argv: tuple[str, ...], code: int, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == code

    printed = capsys.readouterr()
    assert printed.out == ""
    assert error in printed.err


def test_resolves_a_list_of_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("resolve", "fixed://10.0.0.2:1,10.0.0.1:1") == 0
    assert capsys.readouterr().out == "10.0.0.1:1\n10.0.0.2:1\n"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:5000", "fixed://127.0.0.1:5000"),
        ("[::1]:5000", "fixed://[::1]:5000"),
        ("localhost:5000", "dns://localhost:5000"),
        ("dns://a.local:1", "dns://a.local:1"),
    ],
)
async def test_a_target_may_be_short(text: str, url: str) -> None:
    session = Session({}, Home(Path("/nonexistent")), json=False)

    assert await target_url(text, session) == url


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("game-server", NotRunning),
        ("a b", BadTarget),
        (":5000", BadTarget),
        ("", BadTarget),
    ],
)
async def test_a_bad_target_is_told(text: str, error: type[Exception]) -> None:
    session = Session({}, Home(Path("/nonexistent")), json=False)

    with pytest.raises(error):
        await target_url(text, session)


def test_the_folder_is_the_option_then_the_variable_then_one_per_user() -> None:
    env = {"FLEET_HOME": "/b"}

    assert home_of("/a", env).path == Path("/a")
    assert home_of(None, env).path == Path("/b")
    assert home_of(None, {}).path.name.startswith("fleet-")
