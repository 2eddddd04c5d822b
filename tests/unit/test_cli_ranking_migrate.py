"""`fleet ranking migrate`: what it tells of a report."""

import json
from collections.abc import Callable

import pytest

import ranking.migrate
from fleet.cli import app
from ranking.errors import BadStore, NotMigrated
from ranking.migrate import Merged, Report, Skipped
from ranking.spec import BoardSpec

REPORT = Report(
    "RANKING_DAILY_20181016",
    rows=60,
    users=30,
    merged=[Merged(f"u{n}", (n, 1), n) for n in range(25)],
    skipped=[Skipped("no\x1b[2Jise", "no id")],
)


async def run(*argv: str) -> int:
    command = ("ranking", "migrate", "daily", "--store", "redis://x", *argv)
    return await app.run(command, env={"FLEET_HOME": "/nonexistent"})


def answer(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    async def migrate(
        address: str, spec: BoardSpec, period: str, progress: Callable[[int, int], None]
    ) -> Report:
        assert (address, spec.name, period) == ("redis://x", "daily", "20181016")
        progress(60, 60)
        if error:
            raise error
        return REPORT

    monkeypatch.setattr(ranking.migrate, "migrate", migrate)


async def test_the_first_merges_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch)

    assert await run("--period", "20181016") == 0

    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "60 rows, 30 users, 25 of them merged, 1 rows skipped"
    assert [line.split() for line in lines[1:3]] == [
        ["MERGED", "KEPT", "SCORES"],
        ["u0", "0", "0", "1"],
    ]
    assert len(lines) == 1 + 1 + 20 + 2
    assert "no�[2Jise" in lines[-1]
    assert "--json has all" in printed.err
    assert "60 of 60 rows" in printed.err


async def test_json_has_every_merge(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch)

    assert await run("--period", "20181016", "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert len(told["merged"]) == 25
    assert told["merged"][1] == {"user_id": "u1", "scores": [1, 1], "kept": 1}


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (BadStore("redis://x", ["no persistence"]), 2, "no persistence"),
        (NotMigrated("KEY"), 1, "KEY is in the original"),
        (ModuleNotFoundError(name="redis"), 1, "install: grpc-fleet[ranking]"),
    ],
)
async def test_what_went_wrong_is_told(
    error: Exception,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer(monkeypatch, error)

    assert await run("--period", "20181016") == code

    assert told in capsys.readouterr().err
