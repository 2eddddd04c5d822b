"""Who is left alone, how many at a time, for how long, and how they come back."""

import random

import pytest

from fleet.client.leaving.cap import places
from fleet.client.leaving.ejection import Ejection, EjectionConfig, Record
from fleet.client.leaving.standing import Standing, combined


class Stage:
    """Peers, the rules that judge them, and a clock that the test moves."""

    def __init__(self, peers: int, config: EjectionConfig | None = None) -> None:
        self.records = [Record(f"task-{number}") for number in range(peers)]
        self.ejection = Ejection(config or EjectionConfig(), self._changed)
        self.changes = 0
        self.now = 1000.0

    def succeed(self, record: Record, times: int, slowness: float | None = 1.0) -> None:
        for _ in range(times):
            self.ejection.succeeded(record, slowness, self.now)

    def fail(self, record: Record, times: int) -> None:
        for _ in range(times):
            self.ejection.failed(record, self.records, self.now)

    def sweep(self, after_s: float) -> None:
        """Let *after_s* pass in the steps in which the channel looks."""
        steps = max(1, round(after_s / 0.25))
        for _ in range(steps):
            self.now += after_s / steps
            self.ejection.sweep(self.records, self.now)

    def standing(self, place: int) -> Standing:
        return self.records[place].standing

    def out(self) -> list[Record]:
        return [record for record in self.records if record.standing is not Standing.IN]

    def _changed(self) -> None:
        self.changes += 1


def put_out(stage: Stage, record: Record) -> None:
    stage.fail(record, stage.ejection.config.consecutive_failures or 0)
    assert record.standing is Standing.OUT


def put_on_trial(stage: Stage, record: Record) -> None:
    put_out(stage, record)
    stage.sweep(record.until - stage.now)
    assert record.standing is Standing.TRIAL


@pytest.mark.parametrize(
    ("peers", "most_out", "allowed"),
    [
        (0, 0.34, 0),
        (1, 1.0, 0),
        (2, 0.34, 1),
        (3, 0.34, 1),
        (6, 0.34, 2),
        (10, 0.0, 1),
        (100, 0.29, 29),
        (5, 1.0, 4),
    ],
)
def test_places_for_those_who_are_out(
    peers: int, most_out: float, allowed: int
) -> None:
    assert places(most_out, peers) == allowed


def test_who_would_be_over_the_cap_is_left_in() -> None:
    stage = Stage(3)
    one, other, _ = stage.records
    put_out(stage, one)
    stage.fail(other, 5)
    assert other.standing is Standing.IN
    assert stage.ejection.spared == 1


def test_a_place_that_becomes_free_is_taken() -> None:
    stage = Stage(3)
    one, other, _ = stage.records
    put_on_trial(stage, one)
    stage.fail(other, 5)
    stage.succeed(one, 3)
    stage.fail(other, 5)
    assert stage.out() == [other]


def test_who_is_out_comes_back_when_too_many_others_have_left() -> None:
    stage = Stage(9)
    for record in stage.records[:3]:
        put_out(stage, record)
        stage.now += 0.1
    stage.records = stage.records[:4]
    stage.sweep(0.25)
    assert stage.out() == [stage.records[2]]


@pytest.mark.parametrize("seed", range(5))
def test_never_more_than_the_cap_and_never_everybody(seed: int) -> None:
    rng = random.Random(seed)
    stage = Stage(10, EjectionConfig(base_s=0.5, consecutive_failures=2))
    seen = set()
    for _ in range(5000):
        record = rng.choice(stage.records)
        if rng.random() < 0.5:
            stage.fail(record, 1)
        else:
            stage.succeed(record, 1, slowness=rng.choice([1.0, 10.0]))
        if rng.random() < 0.05:
            stage.sweep(0.25)
        if rng.random() < 0.01:
            leaver = rng.choice(stage.records)
            stage.records.remove(leaver)
            stage.records.append(Record("new"))
            stage.sweep(0.25)
        assert len(stage.out()) <= 3
        seen.add(len(stage.out()))
    assert seen == {0, 1, 2, 3}


def test_out_for_longer_each_time_and_up_to_a_limit() -> None:
    stage = Stage(3, EjectionConfig(base_s=5, longest_s=30))
    bad, *_ = stage.records
    put_out(stage, bad)
    times = []
    for _ in range(5):
        times.append(bad.until - stage.now)
        stage.sweep(bad.until - stage.now)
        stage.fail(bad, 1)
    assert times == pytest.approx([5, 10, 20, 30, 30])
    assert bad.ejections == 6
    assert bad.reason == "failed when it was tried"


@pytest.mark.parametrize(("calm_s", "next_s"), [(9, 20), (11, 10), (14, 10), (16, 5)])
def test_who_behaves_is_forgiven_step_by_step(calm_s: float, next_s: float) -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    put_on_trial(stage, bad)
    stage.fail(bad, 1)
    stage.sweep(10)
    stage.succeed(bad, 3)
    # Good for 10 s makes up for the time out of 10 s, and then 5 s for the first one.
    stage.sweep(calm_s)
    put_out(stage, bad)
    assert bad.until - stage.now == pytest.approx(next_s)


def test_three_good_calls_end_a_trial() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    put_on_trial(stage, bad)
    stage.succeed(bad, 1)
    stage.succeed(bad, 1, slowness=None)
    assert stage.standing(0) is Standing.TRIAL
    stage.succeed(bad, 1)
    assert stage.standing(0) is Standing.IN
    assert stage.changes == 3


def test_a_trial_does_not_end_by_itself() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    put_on_trial(stage, bad)
    stage.sweep(600)
    assert stage.standing(0) is Standing.TRIAL


def test_a_trial_waits_for_calls_from_before() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    bad.in_flight = 1
    put_out(stage, bad)
    stage.sweep(7)
    assert stage.standing(0) is Standing.OUT
    stage.fail(bad, 1)
    bad.in_flight = 0
    stage.sweep(0.25)
    assert stage.standing(0) is Standing.TRIAL
    assert bad.ejections == 1


def test_a_trial_does_not_wait_for_ever_for_calls_from_before() -> None:
    stage = Stage(3)
    bad, *_ = stage.records
    bad.in_flight = 1
    put_out(stage, bad)
    stage.sweep(11)
    assert stage.standing(0) is Standing.TRIAL


def test_idle_peers_are_not_touched() -> None:
    stage = Stage(3)
    stage.sweep(10)
    assert all(record.idle for record in stage.records)
    assert stage.changes == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"failure_share": 0.0},
        {"slow_factor": 1.0},
        {"interval_s": 2.0},
        {"base_s": 301.0},
        {"most_out": 1.1},
        {"trial_calls": 0},
    ],
)
def test_values_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EjectionConfig(**wrong)  # type: ignore[arg-type] # the point of the test


class Circuit:
    """A breaker in a given state."""

    def __init__(self, state: Standing) -> None:
        self._state = state

    def standing(self, now: float) -> Standing:
        assert now == 7.0
        return self._state


@pytest.mark.parametrize("judged", Standing)
@pytest.mark.parametrize("state", Standing)
def test_of_ejection_and_breaker_the_stricter_holds(
    judged: Standing, state: Standing
) -> None:
    record = Record("task", standing=judged)
    assert combined(record, Circuit(state), 7.0) is max(judged, state)
    assert combined(record, None, 7.0) is judged
    assert combined(None, Circuit(state), 7.0) is state
    assert combined(None, None, 7.0) is Standing.IN
