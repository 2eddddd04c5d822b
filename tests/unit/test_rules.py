"""What may be reported and asked for, each bound from both sides."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking import rules
from ranking.entry import Submission, User
from ranking.errors import BadValue
from ranking.spec import MOST, BoardSpec

SPEC = BoardSpec(name="b", lowest=-5, highest=5, grades=("GOLD",))
ANY = BoardSpec(name="any")
FINE = Submission(User("ada"), 0)


@pytest.mark.parametrize(
    ("spec", "submission"),
    [
        (SPEC, Submission(User("x" * 64, "y" * 200, "GOLD"), 5, "z" * 128)),
        (SPEC, Submission(User("é" * 32), -5)),
        (ANY, Submission(User(" "), MOST)),
        (ANY, Submission(User("\U0001f9ff" * 16, "\u2028", "any"), -MOST)),
        # The bounds of a sum are those of the total.
        (BoardSpec(name="s", operator="sum", highest=5, lowest=0), FINE),
        (
            BoardSpec(name="s", operator="sum", highest=5, lowest=0),
            FINE._replace(score=-9),
        ),
    ],
)
def test_takes_what_is_just_allowed(spec: BoardSpec, submission: Submission) -> None:
    rules.check_submission(spec, submission)


@pytest.mark.parametrize("score", [6, -6, MOST, True, False, 1.0, float("nan"), "1"])
def test_refuses_a_score_that_is_no_whole_number_in_bounds(score: Any) -> None:  # noqa: ANN401 - hostile
    with pytest.raises(BadValue, match="score is") as caught:
        rules.check_submission(SPEC, FINE._replace(score=score))

    assert caught.value.value is score


def test_refuses_what_a_double_cannot_hold_on_a_sum_too() -> None:
    spec = BoardSpec(name="s", operator="sum", lowest=0, highest=5)

    with pytest.raises(BadValue, match="score"):
        rules.check_submission(spec, FINE._replace(score=MOST + 1))


@pytest.mark.parametrize("code", [*range(32), 127])
@pytest.mark.parametrize("field", ["user_id", "name", "grade"])
def test_refuses_every_control_character(field: str, code: int) -> None:
    user = User("ada")._replace(**{field: f"a{chr(code)}b"})

    with pytest.raises(BadValue, match=f"user.{field}"):
        rules.check_submission(ANY, FINE._replace(user=user))


@pytest.mark.parametrize("length", [65, 10**6])
def test_a_text_that_is_too_long_is_not_said_in_full(length: int) -> None:
    with pytest.raises(BadValue) as caught:
        rules.check_user_id("x" * length)

    assert len(str(caught.value)) < 200
    assert str(length) in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 5, b"ada", ["a"]])
def test_refuses_what_is_no_text(wrong: Any) -> None:  # noqa: ANN401 - hostile
    with pytest.raises(BadValue):
        rules.check_user_id(wrong)
    with pytest.raises(BadValue, match="request_id"):
        rules.check_submission(ANY, FINE._replace(request_id=wrong))


def test_names_the_user_of_a_batch_that_is_wrong() -> None:
    with pytest.raises(BadValue, match=r"user_ids\[2\]"):
        rules.check_user_ids(["a", "b", ""])


@pytest.mark.parametrize(
    ("check", "fine", "wrong"),
    [
        (rules.check_size, (1, 1000), (0, 1001, -1)),
        (rules.check_neighbours, (0, 100), (-1, 101)),
    ],
)
def test_bounds_of_numbers(
    check: Callable[[int], None], fine: tuple[int, ...], wrong: tuple[int, ...]
) -> None:
    for number in fine:
        check(number)
    for number in wrong:
        with pytest.raises(BadValue):
            check(number)


@given(st.text())
def test_a_user_id_is_refused_or_fits_its_bytes(text: str) -> None:
    try:
        rules.check_user_id(text)
    except BadValue:
        return
    assert 1 <= len(text.encode()) <= rules.LONGEST_ID
