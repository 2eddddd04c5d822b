"""Peers that are far slower than the others, or do not answer, are left alone."""

import random

import pytest

from fleet.client.leaving.config import EjectionConfig
from fleet.client.leaving.ejection import Record
from fleet.client.leaving.slowness import bound, median, without
from fleet.client.leaving.standing import Standing
from tests.unit.test_leaving_ejection import Stage


def fill(
    stage: Stage, slowness: dict[Record, float], seconds: float, calls: int = 20
) -> None:
    """Have each peer answer so many *calls* in each half second."""
    for _ in range(round(seconds / 0.5)):
        for record, each in slowness.items():
            stage.succeed(record, calls, each)
        stage.sweep(0.5)


@pytest.mark.parametrize("peers", [2, 3, 10])
def test_who_is_eight_times_slower_is_out_and_nobody_else(peers: int) -> None:
    stage = Stage(peers)
    slow, *fast = stage.records
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 1)
    assert stage.out() == [slow]
    assert slow.reason == "8.0 times slower than its peers"


def test_who_becomes_slow_is_out_within_three_seconds() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, dict.fromkeys(stage.records, 1.0), 10)
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 3)
    assert stage.out() == [slow]


def test_twice_as_slow_is_not_far_slower() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, {slow: 2.0, **dict.fromkeys(fast, 1.0)}, 10)
    assert stage.out() == []


def test_one_fast_peer_does_not_make_the_others_slow() -> None:
    stage = Stage(3)
    fast, *usual = stage.records
    fill(stage, {fast: 0.2, **dict.fromkeys(usual, 1.0)}, 10)
    assert stage.out() == []


def test_alone_nobody_is_slow() -> None:
    stage = Stage(3)
    fill(stage, {stage.records[0]: 8.0}, 10)
    assert stage.out() == []


def test_a_hiccup_of_many_calls_is_not_slowness() -> None:
    stage = Stage(3)
    paused, *_ = stage.records
    for _ in range(10):
        fill(stage, dict.fromkeys(stage.records, 1.0), 2.5, calls=10)
        stage.succeed(paused, 100, slowness=250.0)
    assert stage.out() == []


def test_a_peer_with_few_and_slow_calls_is_tried_and_then_left() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, dict.fromkeys(stage.records, 1.0), 5)
    stage.succeed(slow, 1, slowness=8.0)
    fill(stage, dict.fromkeys(fast, 1.0), 1)
    assert stage.standing(0) is Standing.TRIAL
    assert slow.ejections == 0
    stage.succeed(slow, 4, slowness=8.0)
    assert stage.standing(0) is Standing.TRIAL
    stage.succeed(slow, 1, slowness=8.0)
    assert stage.standing(0) is Standing.OUT
    assert slow.reason == "8.0 times slower than its peers"


def test_a_peer_with_few_and_slow_calls_that_is_fine_comes_back_at_once() -> None:
    stage = Stage(3)
    paused, *fast = stage.records
    fill(stage, dict.fromkeys(stage.records, 1.0), 5)
    stage.succeed(paused, 1, slowness=250.0)
    fill(stage, dict.fromkeys(fast, 1.0), 1)
    stage.succeed(paused, 3)
    assert stage.standing(0) is Standing.IN
    fill(stage, dict.fromkeys(fast, 1.0), 5)
    assert stage.standing(0) is Standing.IN


def test_on_trial_one_slow_call_is_made_up_by_a_good_one() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 1)
    stage.sweep(5)
    stage.succeed(slow, 2)
    stage.succeed(slow, 1, slowness=8.0)
    stage.succeed(slow, 1)
    assert stage.standing(0) is Standing.TRIAL
    stage.succeed(slow, 1)
    assert stage.standing(0) is Standing.IN


def test_calls_that_were_given_up_count_when_they_had_taken_long() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, dict.fromkeys(fast, 1.0), 1)
    for took, out in ((2.0, []), (8.0, [slow])):
        for _ in range(3):
            for _ in range(20):
                stage.ejection.gave_up(slow, took, stage.now)
            fill(stage, dict.fromkeys(fast, 1.0), 0.5)
        assert [r for r in stage.records if r.standing is Standing.OUT] == out


def test_calls_that_were_given_up_early_do_not_make_a_peer_fast() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, dict.fromkeys(fast, 1.0), 1)
    for _ in range(6):
        stage.succeed(slow, 8, slowness=8.0)
        for _ in range(20):
            stage.ejection.gave_up(slow, 0.5, stage.now)
        fill(stage, dict.fromkeys(fast, 1.0), 0.5)
    assert stage.out() == [slow]


def test_a_few_calls_of_others_that_differ_much_are_no_measure() -> None:
    stage = Stage(2)
    slow, other = stage.records
    for _ in range(2):
        stage.succeed(slow, 5, slowness=8.0)
        stage.succeed(other, 3, slowness=1.0)
        stage.succeed(other, 2, slowness=3.0)
        stage.sweep(0.5)
    assert stage.out() == []


def test_more_calls_may_be_wanted_than_a_window_keeps() -> None:
    stage = Stage(3, EjectionConfig(minimum_calls=1000))
    slow, *fast = stage.records
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 2)
    assert stage.out() == [slow]


def test_who_answers_on_trial_is_not_silent() -> None:
    stage = Stage(3)
    slow, *fast = stage.records
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 1)
    stage.sweep(5)
    slow.in_flight = 1
    for slowness in (8.0, 1.0) * 5:
        stage.succeed(slow, 1, slowness)
        fill(stage, dict.fromkeys(fast, 1.0), 0.5)
    assert stage.standing(0) is Standing.TRIAL


def test_who_answers_nothing_for_a_window_is_out() -> None:
    stage = Stage(3)
    frozen, *fine = stage.records
    fill(stage, dict.fromkeys(stage.records, 1.0), 3)
    frozen.in_flight = 4
    fill(stage, dict.fromkeys(fine, 1.0), 2.5)
    assert stage.standing(0) is Standing.IN
    fill(stage, dict.fromkeys(fine, 1.0), 0.5)
    assert stage.standing(0) is Standing.OUT
    assert frozen.reason == "answered none of its 4 calls for 3 s"


def test_few_calls_that_may_just_take_long_are_no_reason_but_a_doubt() -> None:
    stage = Stage(3)
    polled, *fine = stage.records
    fill(stage, dict.fromkeys(stage.records, 1.0), 3)
    polled.in_flight = 1
    fill(stage, dict.fromkeys(fine, 1.0), 3)
    assert stage.standing(0) is Standing.TRIAL
    assert polled.ejections == 0


def test_who_answers_nothing_on_trial_is_out() -> None:
    stage = Stage(3)
    frozen, *fine = stage.records
    fill(stage, dict.fromkeys(fine, 1.0), 1)
    stage.fail(frozen, 5)
    for _ in range(15):
        fill(stage, dict.fromkeys(fine, 1.0), 0.5)
        frozen.in_flight = int(frozen.standing is Standing.TRIAL)
    # One deadline passes meanwhile: that is no answer.
    stage.ejection.gave_up(frozen, 99.0, stage.now)
    assert stage.standing(0) is Standing.TRIAL
    fill(stage, dict.fromkeys(fine, 1.0), 1.5)
    assert stage.standing(0) is Standing.OUT
    assert frozen.reason == "answered none of its 1 calls for 3 s"


@pytest.mark.parametrize("calls", [0, 1])
def test_nothing_is_silence_where_calls_take_long_everywhere(calls: int) -> None:
    stage = Stage(3)
    _, *others = stage.records
    for record in stage.records:
        record.in_flight = 10
    for _ in range(20):
        for record in others:
            stage.succeed(record, calls)
        stage.sweep(0.5)
    assert stage.standing(0) is Standing.IN


def test_slow_is_fine_when_that_is_switched_off() -> None:
    stage = Stage(3, EjectionConfig(slow_factor=None))
    slow, *fast = stage.records
    slow.in_flight = 1
    fill(stage, {slow: 8.0, **dict.fromkeys(fast, 1.0)}, 3)
    fill(stage, dict.fromkeys(fast, 1.0), 5)
    assert stage.out() == []


def test_of_two_slow_ones_the_slower_gets_the_only_place() -> None:
    stage = Stage(5)
    slow, slower, *fast = stage.records
    fill(stage, {slow: 5.0, slower: 50.0, **dict.fromkeys(fast, 1.0)}, 2)
    assert stage.out() == [slower]
    assert stage.ejection.spared > 0


@pytest.mark.parametrize(
    ("values", "middle"), [([], 0.0), ([3.0], 3.0), ([1.0, 5.0], 3.0), ([9, 1, 2], 2)]
)
def test_median(values: list[float], middle: float) -> None:
    assert median(values) == middle


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 10])
def test_the_median_of_all_others(count: int) -> None:
    rng = random.Random(count)
    values = sorted(rng.random() for _ in range(count))
    for own in values:
        others = [value for value in values if value != own]
        assert without(values, own) == pytest.approx(median(others))


@pytest.mark.parametrize(
    ("count", "errors", "at"),
    [(10, -2.0, 1), (48, -2.0, 17), (48, 1.0, 27), (10, 0.0, 5), (1, 1, 0), (2, -2, 0)],
)
def test_a_bound_of_the_median_is_one_of_the_sample(
    count: int, errors: float, at: int
) -> None:
    assert bound(range(count), errors) == at
