"""What a service does next, and how long it waits after a death."""

import itertools

import pytest

from fleet.endpoint import Endpoint
from fleet.local.options import LifeOptions
from fleet.local.tasks.backoff import Backoff
from fleet.local.tasks.reconcile import Goal, next_steps
from fleet.local.tasks.task import State, Task

NUMBERS = itertools.count(1)


class Nowhere:
    """A world in which nothing happens."""

    def register(self, task: Task) -> None: ...
    def deregister(self, task: Task) -> None: ...
    def changed(self, task: Task) -> None: ...
    def printed(self, task: Task, lines: list[str]) -> None: ...


STATES = {"S": State.STARTING, "H": State.HEALTHY, "D": State.DRAINING}


def tasks(text: str) -> list[Task]:
    """Make tasks of "H0 S1": a state and a generation each."""
    return [
        Task(
            id=f"{word}-{next(NUMBERS)}",
            endpoint=Endpoint("127.0.0.1", 1),
            generation=int(word[1]),
            world=Nowhere(),
            options=LifeOptions(),
            state=STATES[word[0]],
        )
        for word in text.split()
    ]


@pytest.mark.parametrize(
    ("goal", "there", "start", "drained"),
    [
        pytest.param(Goal(3), "", 3, "", id="starts-all"),
        pytest.param(Goal(3), "H0 S0", 1, "", id="replaces-a-dead-one"),
        pytest.param(Goal(3), "H0 H0 D0", 1, "", id="a-draining-one-does-not-count"),
        pytest.param(Goal(3), "H0 H0 H0", 0, "", id="is-content"),
        pytest.param(Goal(1), "H0 H0 H0", 0, "H0 H0", id="scales-down"),
        pytest.param(Goal(0), "H0 S0", 0, "H0 S0", id="scales-to-none"),
        pytest.param(Goal(3, 1), "H0 H0 H0", 3, "", id="deploy-starts-all-new"),
        pytest.param(Goal(3, 1), "H0 H0 H0 H1 H1 S1", 0, "", id="deploy-waits-for-all"),
        pytest.param(
            Goal(3, 1), "H0 H0 H0 H1 H1 H1", 0, "H0 H0 H0", id="then-all-old-at-once"
        ),
        pytest.param(Goal(3, 1), "H0 H0 H0 H1 H1", 1, "", id="new-one-died-in-deploy"),
        pytest.param(Goal(3, 2), "H0 S1 H1", 3, "", id="deploy-in-a-deploy"),
        pytest.param(Goal(3, 1, rolling=True), "H0 H0 H0", 1, "", id="rolling-one"),
        pytest.param(
            Goal(3, 1, rolling=True), "H0 H0 H0 S1", 0, "", id="rolling-waits"
        ),
        pytest.param(
            Goal(3, 1, rolling=True), "H0 H0 H0 H1", 0, "H0", id="rolling-drains-one"
        ),
        pytest.param(
            Goal(3, 1, rolling=True), "D0 H0 H0 H1", 1, "", id="rolling-waits-for-it"
        ),
        pytest.param(
            Goal(3, 1, rolling=True), "D0 H0 H0 H1 H1", 0, "", id="even-with-a-spare"
        ),
        pytest.param(
            Goal(3, 1, rolling=True), "H0 H1 H1 H1", 0, "H0", id="rolling-the-last"
        ),
        pytest.param(
            Goal(3, 1, rolling=True), "H0 H0 H1", 1, "", id="rolling-never-below"
        ),
        pytest.param(
            Goal(0, 1), "H0 H1 S1", 0, "H1 S1 H0", id="winds-down-in-a-deploy"
        ),
    ],
)
def test_knows_the_next_steps(goal: Goal, there: str, start: int, drained: str) -> None:
    steps = next_steps(goal, tasks(there))

    assert steps.start == start
    assert [task.id[:2] for task in steps.drain] == drained.split()


def test_the_delay_doubles_up_to_its_limit_and_starts_anew_after_a_good_life() -> None:
    now = 0.0
    backoff = Backoff(clock=lambda: now)
    delays = []
    for _ in range(8):
        delays.append(round(backoff.died(lived_s=0.1), 1))
        now = backoff.ready_at

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert round(backoff.died(lived_s=60.0), 1) == 0.2


def test_deaths_in_the_same_moment_are_one() -> None:
    backoff = Backoff(clock=lambda: 5.0)

    assert [round(backoff.died(0.1), 1) for _ in range(3)] == [0.2, 0.2, 0.2]
    assert not backoff.ready
