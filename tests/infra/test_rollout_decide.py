"""The scheduler's arithmetic, over every mixture of tasks."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.rollout.decide import Goal, decide
from infra.rollout.health import Health
from infra.rollout.plan import at_least, at_most


@dataclass(frozen=True, eq=False)
class _Task:
    revision: int
    health: Health = Health.HEALTHY
    was_healthy: bool = True
    zone: str = "a"


def _goal(desired: int, low: int = 100, high: int = 200, revision: int = 2) -> Goal:
    return Goal(
        desired=desired,
        least=at_least(desired, low),
        most=at_most(desired, high),
        revision=revision,
    )


_tasks = st.builds(
    _Task,
    revision=st.integers(1, 2),
    health=st.sampled_from(Health),
    was_healthy=st.booleans(),
    zone=st.sampled_from("abc"),
)
_goals = st.builds(
    _goal,
    st.integers(1, 12),
    st.integers(0, 100),
    st.integers(100, 200),
    revision=st.integers(1, 2),
)


@given(_goals, st.lists(_tasks, max_size=24))
def test_no_step_breaks_the_limits(goal: Goal, members: list[_Task]) -> None:
    steps = decide(goal, members)

    def healthy(tasks: list[_Task]) -> int:
        return sum(task.health is Health.HEALTHY for task in tasks)

    left = [task for task in members if task not in steps.stop]
    assert len(set(steps.stop)) == len(steps.stop)
    assert not steps.start or len(members) + steps.start <= goal.most
    assert healthy(left) >= min(goal.least, healthy(members))


@given(_goals, st.integers(0, 12), st.integers(0, 12))
def test_healthy_tasks_of_two_revisions_always_get_on(
    goal: Goal, old: int, new: int
) -> None:
    """Whatever the percents, a deployment is never stuck without a step to make."""
    members = [_Task(3 - goal.revision) for _ in range(old)]
    members += [_Task(goal.revision) for _ in range(new)]
    done = old == 0 and new == goal.desired
    # 100 % and 100 %: neither may one be stopped, nor one more be started.
    stuck = goal.least == goal.most

    steps = decide(goal, members)

    assert done or stuck or steps.start or steps.stop


@pytest.mark.parametrize(
    ("low", "high", "start", "stop"),
    [(100, 200, 4, 0), (100, 150, 2, 0), (50, 100, 0, 2), (50, 200, 4, 2)],
)
def test_a_deployment_of_four_begins_as_the_percents_say(
    low: int, high: int, start: int, stop: int
) -> None:
    steps = decide(_goal(4, low, high), [_Task(1) for _ in range(4)])

    assert (steps.start, len(steps.stop)) == (start, stop)


def test_as_many_old_tasks_go_as_new_ones_are_healthy() -> None:
    old = [_Task(1) for _ in range(3)]
    new = [_Task(2), _Task(2), _Task(2, Health.UNKNOWN, was_healthy=False)]

    steps = decide(_goal(3), [*old, *new])

    assert set(steps.stop) < set(old)
    assert len(steps.stop) == 2


def test_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    sick = _Task(2, Health.UNHEALTHY)
    well = [_Task(2), _Task(2)]

    first = decide(_goal(3), [sick, *well])
    then = decide(_goal(3), [sick, *well, _Task(2)])

    assert (first.start, first.stop) == (1, ())
    assert (then.start, then.stop) == (0, (sick,))


def test_an_unhealthy_task_makes_room_where_there_is_none() -> None:
    sick = _Task(2, Health.UNHEALTHY)

    steps = decide(_goal(3, high=100), [sick, _Task(2), _Task(2)])

    assert steps.stop == (sick,)


def test_a_task_that_never_was_healthy_is_stopped_at_once() -> None:
    bad = _Task(2, Health.UNHEALTHY, was_healthy=False)

    assert decide(_goal(3), [*(_Task(1) for _ in range(3)), bad]).stop == (bad,)


def test_scaling_in_takes_from_the_fullest_zone_and_the_unready_first() -> None:
    starting = _Task(2, Health.UNKNOWN, was_healthy=False, zone="b")
    members = [_Task(2, zone=zone) for zone in "aaab"] + [starting]

    stop = decide(_goal(3), members).stop

    assert stop[0] is starting
    assert [task.zone for task in stop[1:]] == ["a"]


def test_a_halted_deployment_starts_nothing() -> None:
    goal = Goal(desired=3, least=3, most=6, revision=2, halted=True)

    assert decide(goal, [_Task(2)]).start == 0
