"""When a call leaves its zone."""

from dataclasses import dataclass, field

import pytest

from fleet.client.choosing.speed import Speed
from fleet.client.choosing.zones import ZoneConfig

ZONE = ZoneConfig(name="eu-west-1a")


@dataclass(eq=False)
class Task:
    """A peer as the rule sees it."""

    in_flight: int = 0
    speed: Speed = field(default_factory=lambda: Speed(5))


def called(in_flight: int, slowness: float) -> Task:
    """Return a task whose calls took *slowness* times the typical until now, at 100."""
    task = Task(in_flight)
    for second in range(100):
        task.speed.observe(slowness, 1.0 + second)
    return task


@pytest.mark.parametrize(
    ("ready", "listed", "share"),
    [
        pytest.param(100, 100, 1.0, id="all"),
        pytest.param(72, 100, 1.0, id="enough"),
        pytest.param(71, 100, 0.994, id="just-too-few"),
        pytest.param(50, 100, 0.7, id="half"),
        pytest.param(0, 100, 0.0, id="lost"),
        pytest.param(0, 0, 0.0, id="no-task-in-this-zone"),
    ],
)
def test_calls_stay_as_far_as_the_ready_tasks_suffice(
    ready: int, listed: int, share: float
) -> None:
    assert ZONE.share(ready, listed) == pytest.approx(share)


@pytest.mark.parametrize(
    ("local", "remote", "spills"),
    [(4.0, 1.0, False), (4.1, 1.0, True), (8.1, 2.0, True), (0.0, 0.0, False)],
)
def test_a_cost_is_weighed_by_the_penalty(
    local: float, remote: float, *, spills: bool
) -> None:
    assert ZONE.spills(local, remote) is spills


@pytest.mark.parametrize(
    ("home", "away", "leaves"),
    [
        pytest.param(called(3, 1), Task(), False, id="a-few-calls-are-no-queue"),
        pytest.param(called(9, 1), Task(), True, id="a-busy-client-asks-once"),
        pytest.param(called(9, 1), Task(2), False, id="asked-and-not-yet-answered"),
        pytest.param(called(99, 1), called(0, 1), False, id="busy-is-not-overloaded"),
        pytest.param(called(9, 2), called(0, 1), True, id="full-and-slower"),
        pytest.param(called(0, 8), called(0, 1), True, id="few-calls-each-but-slow"),
        pytest.param(called(0, 3), called(0, 1), False, id="not-worth-the-way"),
        pytest.param(called(9, 8), called(90, 8), False, id="nowhere-is-better"),
    ],
)
def test_a_call_leaves_when_load_and_latency_agree(
    home: Task, away: Task, *, leaves: bool
) -> None:
    assert ZONE.leaves(home, away, 100.0) is leaves


def test_what_was_asked_is_asked_again_after_a_while() -> None:
    home, away = called(20, 1), called(0, 1)
    assert not ZONE.leaves(home, away, 102.0)
    assert ZONE.leaves(home, away, 102.1)


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"headroom": 0.9}, {"penalty": 0.5}, {"advantage": 0}],
)
def test_a_rule_that_cannot_work_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ZoneConfig"):
        ZoneConfig(**{"name": "a", **wrong})  # type: ignore[arg-type]
