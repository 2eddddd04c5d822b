"""The limit by hand: when it moves, and by how much."""

import pytest

from fleet.client.overload.limit import Limit, LimitConfig


def limited(most: float) -> Limit:
    """Return a limit that was cut to *most* at 10 s."""
    limit = Limit(LimitConfig(most=100, least=2, cut=0.5))
    limit.refused(int(most * 2), 9.0, 10.0)
    assert limit.most == most
    return limit


def test_there_is_none_until_the_first_refusal() -> None:
    assert Limit(LimitConfig(most=77)).most == 77


@pytest.mark.parametrize(
    ("in_flight", "expected"),
    [
        pytest.param(40, 20, id="a-share-of-what-was-in-flight"),
        pytest.param(400, 50, id="or-of-the-limit-when-that-is-less"),
        pytest.param(1, 2, id="never-below-the-least"),
    ],
)
def test_a_refusal_cuts(in_flight: int, expected: float) -> None:
    limit = Limit(LimitConfig(most=100, least=2, cut=0.5))
    limit.refused(in_flight, 9.0, 10.0)
    assert limit.most == expected


def test_a_burst_that_was_refused_cuts_once() -> None:
    limit = limited(20)
    for milliseconds in range(30):
        limit.refused(30, 9.5, 10.0 + milliseconds / 1000)
    assert limit.most == 20


def test_an_attempt_made_after_the_cut_cuts_again() -> None:
    limit = limited(20)
    limit.refused(20, 10.001, 10.002)
    assert limit.most == 10


def test_grows_by_one_for_as_many_successes_as_it_is_high() -> None:
    limit = limited(20)
    for _ in range(20):
        limit.succeeded(20)
    assert 20.9 < limit.most <= 21


@pytest.mark.parametrize(("in_flight", "grows"), [(9, False), (10, True)])
def test_grows_only_while_half_of_it_is_in_use(in_flight: int, *, grows: bool) -> None:
    limit = limited(20)
    limit.succeeded(in_flight)
    assert (limit.most > 20) is grows


def test_grows_to_the_most_and_no_further() -> None:
    limit = limited(50)
    for _ in range(10_000):
        limit.succeeded(100)
    assert limit.most == 100


@pytest.mark.parametrize(
    "wrong", [{"most": 0}, {"cut": 1.0}, {"least": 0}, {"most": 10, "least": 11}]
)
def test_refuses_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"LimitConfig.{[*wrong][-1]} is"):
        LimitConfig(**wrong)  # type: ignore[arg-type]  # some are wrong on purpose


def test_a_limit_that_is_not_needed_is_forgotten() -> None:
    limit = Limit(LimitConfig())
    limit.refused(2, 0.0, 0.0)
    assert limit.most == 4
    limit.rest(1, 1.0)
    assert limit.most == 4  # too soon
    for n in range(40):
        limit.rest(1, 2.0 + n / 4)
    assert limit.most == 1000


def test_a_limit_that_is_needed_is_kept() -> None:
    limit = Limit(LimitConfig())
    limit.refused(2, 0.0, 0.0)
    for n in range(40):
        limit.rest(3, 2.0 + n / 4)
    assert limit.most == 4
