"""Random operations on a board and on a model of it; every answer is the same."""

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranking.board import Board
from ranking.entry import Entry, Submission, User
from ranking.errors import NotRanked
from ranking.spec import MOST, BoardSpec
from tests.conformance.asking import rows
from tests.conformance.model import Model
from tests.conformance.moment import Moment
from tests.conformance.ways import Way

USERS = ["a", "b", "c", "d", "e", "é", "0"]


class Report(NamedTuple):
    """Report a score."""

    user: User
    score: int
    request_id: str


class Erase(NamedTuple):
    """Forget a user."""

    user_id: str


class Ask(NamedTuple):
    """Look at one user, at some, and walk through all."""

    user_id: str
    neighbours: int
    user_ids: list[str]
    size: int


USER = st.sampled_from(USERS)
SCORE = st.integers(-3, 3) | st.sampled_from([MOST, MOST - 1, -MOST, 1 - MOST])
PROFILE = st.builds(
    User, USER, st.sampled_from(["", "x", "y"]), st.sampled_from(["", "GOLD"])
)
REPORT = st.builds(Report, PROFILE, SCORE, st.sampled_from(["", "", "r", "s"]))
ASK = st.builds(
    Ask,
    USER,
    st.integers(0, 4),
    st.lists(USER, min_size=1, max_size=9),
    st.integers(1, 9),
)
STEPS = st.lists(
    st.one_of(REPORT, REPORT, REPORT, st.builds(Erase, USER), ASK),
    min_size=1,
    max_size=40,
)
SPEC = st.builds(
    BoardSpec,
    name=st.just("model"),
    operator=st.sampled_from(["best", "latest", "sum", "min"]),
    order=st.sampled_from(["highest-first", "lowest-first"]),
)


@given(spec=SPEC, steps=STEPS)
@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_answers_as_the_model_does(
    way: Way, spec: BoardSpec, steps: list[Report | Erase | Ask]
) -> None:
    now, model = Moment("2042-10-16T12:00:00+00:00"), Model(spec)
    async with way(spec, now) as board:
        for step in steps:
            now.advance(1)
            match step:
                case Report():
                    await check_report(board, model, step, now.ms)
                case Erase(user_id):
                    assert await board.erase(user_id) == model.erase(user_id)
                case Ask():
                    await check_answers(board, model, step)
        await check_answers(board, model, Ask("a", 2, USERS, 3))


async def check_report(board: Board, model: Model, step: Report, now_ms: int) -> None:
    wanted = model.report(*step, now_ms)
    if not isinstance(wanted, tuple):
        with pytest.raises(wanted):
            await board.update(Submission(*step))
        return
    answer = await board.update(Submission(*step))
    assert (answer.changed, answer.replayed) == wanted
    assert answer.entry == row(model, step.user.user_id)
    assert answer.total == len(model.kept)


async def check_answers(board: Board, model: Model, asked: Ask) -> None:
    every = model.entries()
    assert await rows(board, size=asked.size) == every
    found = await board.standings("", asked.user_ids)
    wanted = [entry for entry in every if entry.user.user_id in asked.user_ids]
    assert list(found.entries) == wanted
    own = row(model, asked.user_id)
    if own is None:
        with pytest.raises(NotRanked):
            await board.standing("", asked.user_id, asked.neighbours)
        return
    standing = await board.standing("", asked.user_id, asked.neighbours)
    assert standing.entry == own
    near = range(own.rank - asked.neighbours, own.rank + asked.neighbours + 1)
    around = [entry for entry in every if entry.rank in near]
    assert list(standing.around) == (around if asked.neighbours else [])
    assert standing.total == len(every)


def row(model: Model, user_id: str) -> Entry | None:
    """Return the model's row of a user."""
    return next((e for e in model.entries() if e.user.user_id == user_id), None)
