"""What is typical of a method, and how slow a peer is, on a clock of the test."""

import math
import random
from collections.abc import Iterable

import pytest

from fleet.client.choosing.speed import Speed, Typical


def learnt(durations: Iterable[float]) -> Typical:
    typical = Typical()
    for took_s in durations:
        typical.relative(took_s)
    return typical


def spread(count: int, median_s: float = 0.01) -> list[float]:
    rng = random.Random(7)
    return [median_s * rng.lognormvariate(0, 0.5) for _ in range(count)]


def observed(*slowness: float, every_s: float = 1.0, decay_s: float = 5.0) -> Speed:
    """Return a peer with calls at *every_s*, the last one at 100."""
    speed = Speed(decay_s)
    for number, one in enumerate(slowness, 1 - len(slowness)):
        speed.observe(one, 100 + number * every_s)
    return speed


def test_typical_is_in_the_middle_of_what_calls_take() -> None:
    assert 0.008 < learnt(spread(1000)).took_s < 0.0125


@pytest.mark.parametrize(("factor", "most"), [(8, 1.5), (100, 2.0), (10_000, 3.5)])
def test_one_slow_task_of_ten_does_not_drag_it_along(
    factor: float, most: float
) -> None:
    calls = spread(1000)
    dragged = [took * (factor if n % 10 == 0 else 1) for n, took in enumerate(calls)]
    assert learnt(dragged).took_s < most * learnt(calls).took_s


def test_a_first_call_that_connects_is_soon_forgotten() -> None:
    assert learnt([1.0] + [0.01] * 10).took_s < 0.016


def test_a_deploy_that_is_ten_times_slower_is_typical_after_two_hundred_calls() -> None:
    assert learnt([0.01] * 500 + [0.1] * 200).took_s > 0.09


def test_a_multiple_is_of_what_was_typical_before() -> None:
    typical = learnt([0.01] * 100)
    assert typical.compare(0.08) == pytest.approx(8)
    assert typical.relative(0.08) == pytest.approx(8)
    assert typical.relative(0.08) < 8


def test_a_comparison_teaches_nothing() -> None:
    typical = Typical()
    assert typical.compare(5.0) == 1
    assert typical.took_s == 0
    assert typical.relative(0.01) == 1
    assert typical.took_s == 0.01


def test_calls_that_take_no_time_are_no_error() -> None:
    assert learnt([0.0, 0.0, -1.0]).relative(0.0) == 1


def test_a_peer_without_calls_is_typical() -> None:
    assert Speed(5).slowness(0.0) == Speed(5).slowness(1e9) == 1
    assert Speed(5).idle_s(0.0) == math.inf


@pytest.mark.parametrize(
    ("slowness", "calls"),
    [pytest.param(8, 7, id="8"), pytest.param(64, 3, id="64"), (1e9, 3)],
)
@pytest.mark.parametrize("every_s", [0.02, 1.0, 20.0])
def test_a_few_slow_calls_in_a_row_make_a_peer_slow(
    slowness: float, calls: int, every_s: float
) -> None:
    before = observed(*[slowness] * (calls - 1), every_s=every_s)
    after = observed(*[slowness] * calls, every_s=every_s)
    assert before.slowness(100) < 2 < after.slowness(100)


def test_one_hiccup_does_not_however_long() -> None:
    speed = observed(*[1] * 20, 1e6, every_s=0.1)
    assert 1.2 < speed.slowness(100) < 1.3


def test_what_many_calls_say_of_one_pause_is_said_once() -> None:
    speed = observed(*[1] * 20, every_s=0.01)
    for _ in range(50):
        speed.observe(64, 100.1)
    assert speed.slowness(100.1) < 1.3


def test_a_busy_peer_is_slow_within_a_quarter_of_a_second() -> None:
    speed = observed(*[8] * 250, every_s=0.001)
    assert speed.slowness(100) > 2


@pytest.mark.parametrize("every_s", [0.01, 0.1, 2.0])
def test_quick_and_slow_calls_of_one_mix_cancel_out(every_s: float) -> None:
    rng, typical, speed = random.Random(7), Typical(), Speed(5)
    for number in range(2000):
        # Three of ten miss a cache, and take 30 times as long.
        took_s = 0.03 if rng.random() < 0.3 else 0.001
        speed.observe(typical.relative(took_s), 1 + number * every_s)
    assert 0.4 < speed.latest < 2


def test_a_mean_of_multiples_would_have_called_that_mix_slow() -> None:
    typical, rng = Typical(), random.Random(7)
    drawn = [0.03 if rng.random() < 0.3 else 0.001 for _ in range(2000)]
    multiples = [typical.relative(took_s) for took_s in drawn]
    assert sum(multiples) / len(multiples) > 3


def test_a_slow_peer_is_forgiven_while_it_is_idle() -> None:
    speed = observed(*[8] * 200)
    assert speed.slowness(100) == pytest.approx(8, rel=0.01)
    assert speed.slowness(105.4) > 2 > speed.slowness(105.6)
    assert speed.slowness(150) == pytest.approx(1, abs=0.01)
    assert speed.latest == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize(
    ("slowness", "low", "high"),
    [
        pytest.param(8, 7.9, 8.1, id="slow-still"),
        pytest.param(3, 2.9, 3.1, id="less-slow"),
        pytest.param(1, 1.75, 1.85, id="cured"),
    ],
)
def test_the_call_that_tries_it_again_decides(
    slowness: float, low: float, high: float
) -> None:
    speed = observed(*[8] * 200)
    speed.observe(slowness, 106)
    assert low < speed.slowness(106) < high


def test_a_call_that_was_given_up_can_only_make_it_slower() -> None:
    speed = observed(*[4] * 200)
    speed.at_least(3, 100.1)
    assert speed.idle_s(100.1) == pytest.approx(0.1)
    speed.at_least(64, 100.1)
    assert speed.slowness(100.1) > 4.3


def test_no_peer_is_more_than_64_times_slow_or_quick() -> None:
    assert observed(*[1e9] * 500).latest == pytest.approx(64, rel=0.01)
    assert observed(*[1e-9] * 500, every_s=0.02).latest == pytest.approx(
        1 / 64, rel=0.3
    )
