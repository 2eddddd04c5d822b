"""Peers that fail are left alone, unless all do."""

import random

import pytest

from fleet.client.leaving.config import EjectionConfig
from fleet.client.leaving.failure_rate import much_worse
from fleet.client.leaving.standing import Standing
from tests.unit.test_leaving_ejection import Stage


def test_the_fifth_failure_in_a_row_ejects_at_once() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    stage.fail(bad, 4)
    assert stage.standing(0) is Standing.IN
    stage.fail(bad, 1)
    assert stage.standing(0) is Standing.OUT
    assert bad.reason == "5 failures in a row"
    assert stage.changes == 1


def test_a_good_call_in_between_starts_the_count_anew() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    for _ in range(4):
        stage.fail(bad, 4)
        stage.succeed(bad, 1)
    assert stage.standing(0) is Standing.IN


def test_who_fails_most_calls_is_out_within_a_second() -> None:
    stage = Stage(3)
    bad, *good = stage.records
    for _ in range(5):
        stage.fail(bad, 3)
        stage.succeed(bad, 1)
    for record in good:
        stage.succeed(record, 20)
    stage.sweep(0.5)
    assert stage.out() == [bad]
    assert bad.reason == "failed 75 % of 20 calls in 3 s, its peers 0 %"


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_nobody_is_out_for_a_rate_when_all_fail_alike(share: float) -> None:
    stage = Stage(5, EjectionConfig(consecutive_failures=None))
    rng = random.Random(3)
    for _ in range(100):
        for _ in range(50):
            record = rng.choice(stage.records)
            if rng.random() < share:
                stage.fail(record, 1)
            else:
                stage.succeed(record, 1)
        stage.sweep(0.5)
    assert stage.out() == []


@pytest.mark.parametrize(
    ("own", "others", "worse"),
    [
        pytest.param((5, 10), (0, 90), True, id="half-beside-nine-that-never-fail"),
        pytest.param((5, 10), (0, 10), False, id="too-few-calls-of-two"),
        pytest.param((12, 24), (0, 24), True, id="enough-calls-of-two"),
        pytest.param((600, 1000), (400, 1000), False, id="all-are-bad"),
        pytest.param((800, 1000), (400, 1000), True, id="all-are-bad-one-is-worse"),
        pytest.param((10, 10), (10, 10), False, id="all-fail-always"),
    ],
)
def test_much_worse_is_more_than_chance_and_twice_as_bad(
    own: tuple[int, int], others: tuple[int, int], *, worse: bool
) -> None:
    assert much_worse(*own, *others) is worse


def test_old_failures_are_forgotten() -> None:
    stage = Stage(3)
    bad, *good = stage.records
    stage.fail(bad, 4)
    stage.succeed(bad, 1)
    stage.fail(bad, 4)
    stage.sweep(3.5)
    stage.succeed(bad, 10)
    for record in good:
        stage.succeed(record, 200)
    stage.sweep(0.5)
    assert stage.out() == []


@pytest.mark.parametrize(
    ("config", "standing"),
    [
        (EjectionConfig(), Standing.OUT),
        (EjectionConfig(consecutive_failures=None), Standing.OUT),
        (EjectionConfig(failure_share=None), Standing.OUT),
        (EjectionConfig(consecutive_failures=None, failure_share=None), Standing.IN),
    ],
)
def test_each_rule_can_be_switched_off(
    config: EjectionConfig, standing: Standing
) -> None:
    stage = Stage(3, config)
    bad, *good = stage.records
    for record in good:
        stage.succeed(record, 100)
    stage.fail(bad, 30)
    stage.sweep(0.5)
    assert bad.standing is standing
