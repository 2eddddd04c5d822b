"""What `fleet ranking` reads and prints, without a server."""

import argparse
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli import app
from fleet.cli.boards.changes import print_change
from fleet.cli.boards.follow import Interrupted
from fleet.cli.boards.meter import duration, progress
from fleet.cli.boards.moments import exact, moment, short, stamp
from fleet.cli.boards.numbers import Between, whole
from fleet.cli.boards.text import aligned, fit, json_text, pad, safe, width
from rpc.rpc_pb2 import RankingEntry, RankingUser, WatchRankingResponse

COMMANDS = (
    "boards",
    "top",
    "rank",
    "watch",
    "update",
    "import",
    "export",
    "erase",
    "migrate",
)


def run(*argv: str) -> int:
    return app.main(("ranking", *argv), env={"FLEET_HOME": "/nonexistent/fleet"})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, "--help") == 0

    text = capsys.readouterr().out
    assert f"example:\n  fleet ranking {name}" in text
    assert "--json" in text


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [
        pytest.param((), 2, "COMMAND", id="no-command"),
        pytest.param(("tops",), 2, "invalid choice: 'tops'", id="typo"),
        pytest.param(("top",), 2, "BOARD", id="no-board"),
        pytest.param(("top", "daily", "--count", "0"), 2, "1 to 1000", id="count"),
        pytest.param(("top", "daily", "--count", "1e3"), 2, "whole", id="float"),
        pytest.param(("update", "daily", "ada", "1.5"), 2, "whole number", id="half"),
        pytest.param(("update", "daily", "ada", "nan"), 2, "whole number", id="nan"),
        pytest.param(
            ("update", "daily", "ada", "9007199254740993"), 2, "is not in", id="large"
        ),
        pytest.param(
            ("update", "daily", "ada", "1", "--at", "2018-10-16T12:00:00"),
            2,
            "with a zone",
            id="no-zone",
        ),
        pytest.param(("top", "daily"), 1, "fleet up", id="no-fleet"),
        pytest.param(("migrate", "daily"), 1, "fleet up", id="no-fleet-for-its-store"),
        pytest.param(
            ("migrate", "dayly", "--store", "redis://x"), 1, "mean 'daily'?", id="board"
        ),
        pytest.param(
            ("migrate", "daily", "--boards", "/none"), 2, "No such file", id="no-boards"
        ),
        pytest.param(("import", "daily", "/none.csv"), 2, "No such file", id="no-file"),
        pytest.param(("import", "daily", "/dev/null"), 2, "--format", id="no-format"),
        pytest.param(
            ("import", "daily", "/dev/null", "--format", "csv"), 2, "regular", id="null"
        ),
        pytest.param(("export", "daily", "a.txt"), 2, "--format", id="export-format"),
        pytest.param(("top", "daily", "--target", "a b"), 2, "bad target", id="target"),
    ],
)
def test_tells_what_is_wrong_and_exits(
    argv: tuple[str, ...], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == code

    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoë 漢字 🎮", "Zoë 漢字 🎮"),
        ("a\x1b[31mb", "a�[31mb"),
        ("a\x9b31m\x7f\n\t", "a�31m���"),
        ("\u202eevil\u2066\u200b", "�evil��"),
        ("\u2028\ud800", "��"),
    ],
)
def test_what_would_move_the_cursor_is_replaced(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("🎮!", 3)]
)
def test_a_text_is_as_wide_as_its_cells(text: str, cells: int) -> None:
    assert width(text) == cells


@given(st.text(), st.integers(0, 30))
def test_a_text_that_is_cut_fits(text: str, cells: int) -> None:
    shown = fit(safe(text), cells)

    assert width(shown) <= cells
    assert width(pad(shown, cells)) == cells


def test_columns_stand_below_each_other_in_cells() -> None:
    lines = aligned([("USER", "SCORE"), ("漢字漢", 7), ("a\nb", -10)], right=(1,))

    assert lines == ["USER    SCORE", "漢字漢      7", "a�b       -10"]


@given(st.text())
def test_json_is_the_same_and_safe(text: str) -> None:
    line = json_text({"name": text})

    assert json.loads(line) == {"name": text}
    assert safe(line) == line


@pytest.mark.parametrize(
    "text", ["", "1.5", "1e3", "0x1", "1_000", " 1", "\u0661", "--1", "nan"]
)
def test_a_number_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        whole(text)


@pytest.mark.parametrize("text", ["9" * 20, "-" + "1" * 5000])
def test_a_number_that_is_too_large_is_refused_as_that(text: str) -> None:
    with pytest.raises(ValueError, match="is not in -9007199254740992 to"):
        whole(text)


def test_numbers_have_bounds() -> None:
    assert (whole("-9007199254740992"), whole("+9007199254740992")) == (-(2**53), 2**53)
    with pytest.raises(ValueError, match="is not in"):
        whole("-9007199254740993")
    with pytest.raises(argparse.ArgumentTypeError, match="3 is not 1 to 2"):
        Between(1, 2)("3")


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_moment_is_read_as_it_was_written(at: datetime) -> None:
    at = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)

    assert moment(exact(stamp(at))) == at


def test_moments_are_told_in_utc() -> None:
    at = stamp(moment("2018-10-16T12:00:00.25+02:00"))

    assert (exact(at), short(at)) == (
        "2018-10-16T10:00:00.250Z",
        "2018-10-16 10:00:00",
    )


@pytest.mark.parametrize(
    ("told", "out", "err"),
    [
        pytest.param(WatchRankingResponse(period="P"), "", "", id="begin"),
        pytest.param(
            WatchRankingResponse(period="P", previous_rank=3, erased=True),
            "P  rank 3 is erased\n",
            "",
            id="erased",
        ),
        pytest.param(
            WatchRankingResponse(period="P", missed=1200),
            "",
            "1,200 changes are not told",
            id="missed",
        ),
        pytest.param(
            WatchRankingResponse(period="P", missed=-1), "", "were lost", id="lost"
        ),
        pytest.param(Interrupted("gone\x1b"), "", "reconnecting: gone�", id="broken"),
    ],
)
def test_a_watch_tells_people(
    told: WatchRankingResponse | Interrupted,
    out: str,
    err: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_change(told, json=False)

    printed = capsys.readouterr()
    assert printed.out == out
    assert err in printed.err


@pytest.mark.parametrize(
    ("previous", "words"),
    [(0, "(rank 2, new)"), (2, "(rank 2)"), (5, "(rank 2, was 5)")],
)
def test_a_change_is_a_line(
    previous: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    user = RankingUser(user_id="ada", name="A\x1b[2J", grade="GOLD")
    told = WatchRankingResponse(
        entry=RankingEntry(user=user, score=-7, rank=2, shared_rank=2),
        previous_rank=previous,
        period="20181016",
    )

    print_change(told, json=False)

    line = f"20181016  1970-01-01 00:00:00  -7  ada A�[2J GOLD  {words}\n"
    assert capsys.readouterr().out == line


def test_a_bar_is_full_when_all_is_done() -> None:
    assert progress(0, 0.0, 0.0, None) == "░" * 24 + " 0 %  0 lines  0/s"
    assert progress(999, 0.9999, 10.0, 1.0).startswith("█" * 23 + "░ 99 %")
    assert progress(1000, 1.0, 1500.4, 0.0) == (
        "█" * 24 + " 100 %  1,000 lines  1,500/s  0 s left"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (65, "1:05"), (3723, "1:02:03")]
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text
