"""The boards' file: what it says, and every mistake in it at once."""

from pathlib import Path

import pytest

from ranking.boards import BOARDS, load
from ranking.errors import BadBoards
from ranking.spec import MOST, BoardSpec


def written(folder: Path, text: str) -> Path:
    path = folder / "boards.toml"
    path.write_text(text)
    return path


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(BadBoards) as caught:
        load(path)
    return caught.value.problems


def test_the_shipped_file_has_the_original_board_first() -> None:
    boards = load(BOARDS)

    assert boards[0] == BoardSpec(name="daily")
    assert [board.name for board in boards[1:]] == [
        "weekly",
        "monthly",
        "all-time",
        "speedrun",
    ]


def test_every_rule_can_be_set(tmp_path: Path) -> None:
    text = """
    [boards.a-1]
    period = "monthly"
    time_zone = "Europe/Berlin"
    operator = "latest"
    order = "lowest-first"
    days_kept = 0
    grace_s = 0
    lowest = -9007199254740992
    highest = 0
    grades = ["A", "B"]
    shards = 4
    changes_kept = 5
    requests_kept_s = 60
    """

    [board] = load(written(tmp_path, text))

    assert (board.name, board.period, board.operator) == ("a-1", "monthly", "latest")
    assert (board.time_zone.key, board.descending) == ("Europe/Berlin", False)
    assert (board.days_kept, board.grace_s) == (0, 0)
    assert (board.lowest, board.highest, board.grades) == (-MOST, 0, ("A", "B"))
    assert (board.shards, board.changes_kept, board.requests_kept_s) == (4, 5, 60)


def test_an_empty_table_is_a_daily_board(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[boards.x]")) == (BoardSpec(name="x"),)


def test_an_all_time_board_is_kept_for_ever(tmp_path: Path) -> None:
    [board] = load(written(tmp_path, '[boards.x]\nperiod = "all-time"'))

    assert (board.days_kept, board.grace_s) == (0, 0)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = """
    [boards.one]
    perod = "daily"
    order = "highest"
    days_kept = -1
    [boards.Two]
    shards = true
    [board]
    """

    found = problems(written(tmp_path, text))

    assert len(found) == 6
    assert "'board' is not a setting; did you mean boards?" in found[0]
    assert any("[boards.one] 'perod'" in f and "mean period?" in f for f in found)
    assert any("[boards.one] order = 'highest'" in f for f in found)
    assert any("[boards.one] days_kept = -1 is not a whole number" in f for f in found)
    assert any(f.startswith("[boards.'Two'] the name is not") for f in found)
    assert any("[boards.'Two'] shards = True" in f for f in found)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        pytest.param('period = "day"', "did you mean daily?", id="period"),
        pytest.param("period = 1", "is not one of daily, weekly", id="period-type"),
        pytest.param("period = []", "is not one of daily, weekly", id="period-list"),
        pytest.param('operator = "max"', "best, latest, sum, min", id="operator"),
        pytest.param('time_zone = "Europe/Berln"', "mean Europe/Berlin?", id="zone"),
        pytest.param('time_zone = "../../etc/passwd"', "not a known", id="zone-path"),
        pytest.param('time_zone = ""', "not a known time zone", id="zone-empty"),
        pytest.param("time_zone = 1", "not a name such as", id="zone-type"),
        pytest.param("days_kept = 36501", "0 to 36500", id="days-kept"),
        pytest.param("days_kept = 1.0", "not a whole number", id="days-float"),
        pytest.param("grace_s = 82801", "0 to 82800", id="grace"),
        pytest.param("lowest = -9007199254740993", "-9007199254740992 to", id="lowest"),
        pytest.param("highest = nan", "not a whole number", id="nan"),
        pytest.param("highest = 1e3", "not a whole number", id="float"),
        pytest.param("shards = 0", "1 to 64", id="shards"),
        pytest.param("changes_kept = 0", "1 to 1000000", id="changes"),
        pytest.param("requests_kept_s = 0", "1 to 604800", id="requests"),
        pytest.param('grades = "A"', "is not a list", id="grades-text"),
        pytest.param("grades = []", "leave out for any", id="grades-none"),
        pytest.param('grades = ["A", 1]', "no text", id="grades-type"),
        pytest.param('grades = [" "]', "or empty", id="grades-blank"),
        pytest.param('grades = ["A", "A"]', "one twice", id="grades-twice"),
        pytest.param('grades = ["A\\u001b"]', "no control", id="grades-control"),
        pytest.param(f'grades = ["{"A" * 33}"]', "32 bytes", id="grades-long"),
        pytest.param("lowest = 2\nhighest = 1", "above highest = 1", id="crossed"),
        pytest.param("lowest = 9007199254740992\nhighest = 0", "above", id="extremes"),
        pytest.param('operator = "sum"\nlowest = 1', "begins at 0", id="sum-above-0"),
        pytest.param('operator = "sum"\nhighest = -1', "begins at 0", id="sum-below-0"),
        *(
            pytest.param(f'period = "all-time"\n{rule}', "leave it out", id=f"ever-{n}")
            for n, rule in enumerate(('time_zone="UTC"', "days_kept=1", "grace_s=1"))
        ),
    ],
)
def test_a_rule_that_cannot_be_is_told(tmp_path: Path, rule: str, told: str) -> None:
    [problem] = problems(written(tmp_path, f"[boards.x]\n{rule}"))

    assert told in problem


@pytest.mark.parametrize(
    "name",
    ["", "A", "-a", "a_b", "a b", "a.b", "ä", "a" * 33, "a\\nb", "{a}", "a\\u001b"],
)
def test_a_name_that_is_no_key_is_told(tmp_path: Path, name: str) -> None:
    [problem] = problems(written(tmp_path, f'[boards."{name}"]'))

    assert "1 to 32 of a-z" in problem
    assert problem.isprintable()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "at least one [boards.NAME]", id="empty"),
        pytest.param("boards = 1", "at least one [boards.NAME]", id="no-table"),
        pytest.param("[[boards]]", "at least one [boards.NAME]", id="array"),
        pytest.param("[boards]", "at least one [boards.NAME]", id="none"),
        pytest.param("boards.x = 1", "is 1, not a table", id="no-rules"),
        pytest.param("[boards.x", "Expected", id="half-a-line"),
        pytest.param("[boards.x]\n[boards.x]", "Cannot declare", id="twice"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    [problem] = problems(written(tmp_path, text))

    assert told in problem


def test_names_that_differ_in_case_cannot_share_a_key(tmp_path: Path) -> None:
    [problem] = problems(written(tmp_path, "[boards.a]\n[boards.A]"))

    assert "[boards.'A'] the name" in problem


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.toml") == ("No such file or directory",)
    binary = tmp_path / "boards.toml"
    binary.write_bytes(b"\xff\xfe")
    assert "utf-8" in problems(binary)[0]
