"""The live view as a pure function: from what is known to lines."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli.boards.live.frame import Line, Size, frame
from fleet.cli.boards.live.screen import Screen
from fleet.cli.boards.live.state import RATE_S, SHOWN_S, State
from fleet.cli.boards.text import safe, width
from rpc.rpc_pb2 import ListRankingResponse, RankingEntry, RankingUser

WIDE = Size(120, 40)


def page(*users: str, total: int = 0, period: str = "P") -> ListRankingResponse:
    """Return a page of *users*, each of them like "ada=9000"."""
    entries = []
    for rank, text in enumerate(users, 1):
        user, _, score = text.partition("=")
        who = RankingUser(user_id=user, name=user.title(), grade="GOLD")
        entries.append(
            RankingEntry(user=who, score=int(score), rank=rank, shared_rank=rank)
        )
    return ListRankingResponse(
        entries=entries, total=total or len(users), period=period
    )


def shown(state: State, now_s: float = 0.0, size: Size = WIDE) -> list[str]:
    return [line.text for line in frame(state, now_s, size)]


def signs(state: State, now_s: float = 0.0) -> list[str]:
    return [line[:4].strip() for line in shown(state, now_s)[2:]]


def test_a_board_is_a_title_a_head_and_rows() -> None:
    state = State("daily", page("ada=9000", "bob=-1", total=1234))

    assert shown(state) == [
        "daily P · 1,234 users · 0.0 changes/s here",
        "      RANK  SHARED  USER  NAME  GRADE  SCORE  ACHIEVED (UTC)",
        "         1       1  ada   Ada   GOLD    9000  1970-01-01 00:00:00",
        "         2       2  bob   Bob   GOLD      -1  1970-01-01 00:00:00",
    ]


def test_rows_that_moved_are_marked_for_a_moment() -> None:
    state = State("daily", page("a=9", "b=8", "c=7", "d=6"))

    state.read(page("c=10", "a=9", "d=7", "new=1"), 100.0)

    assert signs(state, 100.0) == ["▲2", "▼1", "▲1", "★"]
    assert signs(state, 100.0 + SHOWN_S) == ["", "", "", ""]


def test_a_better_score_on_the_same_rank_is_marked() -> None:
    state = State("daily", page("a=9", "b=8"))

    state.read(page("a=10", "b=8"), 0.0)

    assert signs(state) == ["●", ""]


def test_a_mark_stays_while_nothing_newer_comes() -> None:
    state = State("daily", page("a=9", "b=8"))
    state.read(page("b=10", "a=9"), 0.0)

    state.read(page("b=10", "a=9"), 1.0)

    assert signs(state, 1.0) == ["▲1", "▼1"]


def test_a_new_period_begins_without_marks() -> None:
    state = State("daily", page("a=9"))

    state.read(page("b=1", period="Q"), 0.0)

    assert signs(state) == [""]
    assert shown(state)[0].startswith("daily Q · 1 user ")


def test_the_rate_is_that_of_the_last_seconds() -> None:
    state = State("daily", page())
    state.changed(10, 0.0)
    state.changed(5, RATE_S - 1)

    assert state.rate(RATE_S - 1) == 15 / RATE_S
    assert state.rate(RATE_S) == 5 / RATE_S
    assert state.rate(100.0) == 0


def test_trouble_is_told_in_the_title() -> None:
    state = State("daily", page("a=9"), trouble="gone\x1b[2J")

    assert shown(state)[0] == "daily P · 1 user · reconnecting: gone�[2J"


def test_an_empty_board_says_so() -> None:
    assert shown(State("daily", page()))[2] == "nobody is on this board yet"


def test_a_narrow_terminal_goes_without_columns() -> None:
    state = State("daily", page("ada=9000"))

    heads = {c: shown(state, size=Size(c, 40))[1].split() for c in (60, 40, 30, 25)}

    assert heads[60] == ["RANK", "USER", "NAME", "GRADE", "SCORE", "ACHIEVED", "(UTC)"]
    assert heads[40] == ["RANK", "USER", "NAME", "GRADE", "SCORE"]
    assert heads[30] == ["RANK", "USER", "NAME", "SCORE"]
    assert heads[25] == ["RANK", "USER", "SCORE"]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(NAMES, max_size=20), st.integers(1, 130), st.integers(1, 30))
def test_every_line_fits_and_is_safe(names: list[str], columns: int, rows: int) -> None:
    state = State("daily", page())
    users = [RankingUser(user_id=f"u{n}", name=name) for n, name in enumerate(names)]
    entries = [RankingEntry(user=user, rank=9, shared_rank=9) for user in users]
    state.read(ListRankingResponse(entries=entries, period="P"), 0.0)

    lines = shown(state, size=Size(columns, rows))

    assert all(width(line) <= columns for line in lines)
    assert all(safe(line) == line for line in lines)
    assert len(lines) <= max(rows - 1, 2)


def test_colours_are_left_out_where_nobody_wants_them() -> None:
    state = State("daily", page("a=9", "b=8"))
    state.read(page("b=10", "a=9"), 0.0)

    [*_, up, down] = frame(state, 0.0, WIDE)

    assert up.written(colours=True) == f"\x1b[1;32m{up.text}\x1b[0m"
    assert down.written(colours=True) == f"\x1b[31m{down.text}\x1b[0m"
    assert up.written(colours=False) == up.text


class Terminal:
    """As much of a terminal as a screen needs: lines, and the cursor's."""

    def __init__(self, written: str) -> None:
        self.lines: list[str] = [""]
        for part in written.split("\x1b["):
            code, rest = (part[:1], part[1:]) if part[:1] in "KJ" else ("", part)
            if code == "J":
                self.lines[self.at :] = [""]
            self._take(rest)

    at = 0

    def _take(self, rest: str) -> None:
        count, up, text = rest.partition("A\r")
        if up and count.isdigit():
            self.at -= int(count)
            rest = text
        for command in ("?25l", "?7l", "?7h", "?25h"):
            rest = rest.removeprefix(command)
        for piece in rest.removeprefix("\r").splitlines(keepends=True):
            self.lines[self.at] = piece.rstrip("\n")
            if piece.endswith("\n"):
                self.at += 1
                self.lines += [""] * (self.at + 1 - len(self.lines))


@pytest.mark.parametrize("second", [["x", "y"], ["x"], ["x", "y", "z", "w"]])
def test_a_screen_draws_over_itself(second: list[str]) -> None:
    out = io.StringIO()
    screen = Screen(out)

    for texts in (["a", "b", "c"], second):
        screen.draw([Line("", text) for text in texts], 80, colours=False)

    assert [line for line in Terminal(out.getvalue()).lines if line] == second


def test_a_screen_leaves_the_terminal_as_it_was() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.draw([Line("\x1b[1m", "a")], 80, colours=True)
    first = out.getvalue()

    screen.draw([Line("\x1b[1m", "a")], 80, colours=True)

    assert out.getvalue() == first  # nothing has changed, so nothing is written
    assert first.endswith("\x1b[?7h\x1b[?25h")
    assert first.count("\x1b[1m") == first.count("\x1b[0m") == 1


def test_a_screen_goes_up_by_the_lines_that_a_narrower_terminal_has_folded() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.draw([Line("", "x" * 80), Line("", "")], 80, colours=False)

    screen.draw([Line("", "y")], 30, colours=False)

    assert "\x1b[4A\r" in out.getvalue()
