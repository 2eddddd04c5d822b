"""What a service should do next: a pure rule, no clock, no process."""

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.local.tasks.task import State, Task


@dataclass(frozen=True, slots=True)
class Goal:
    """What a service should look like."""

    desired: int
    generation: int = 0
    """Tasks of a lower one are stale: they run on until they are replaced."""
    rolling: bool = False
    """Replace one task at a time; else all new ones start before any leaves."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do now."""

    start: int = 0
    drain: Sequence[Task] = ()


def next_steps(goal: Goal, tasks: Sequence[Task]) -> Steps:
    """Compare *tasks* with the *goal*.

    Asked again after every change, this one rule starts, scales, replaces the
    dead and carries a deploy, also when these happen at the same time.
    """
    active = [task for task in tasks if task.active]
    fresh = [task for task in active if task.generation == goal.generation]
    stale = [task for task in active if task.generation < goal.generation]
    surge = 1 if goal.rolling else goal.desired
    wanted = max(0, min(goal.desired, goal.desired - len(stale) + surge))
    return Steps(
        start=max(0, wanted - len(fresh)),
        drain=(*fresh[wanted:], *_replaced(goal, tasks, fresh, stale)),
    )


def _replaced(
    goal: Goal, tasks: Sequence[Task], fresh: Sequence[Task], stale: Sequence[Task]
) -> Sequence[Task]:
    """Return the stale tasks that are no longer needed."""
    healthy = sum(task.state is State.HEALTHY for task in fresh)
    if not goal.rolling:
        return stale if healthy >= goal.desired else ()
    spare = healthy + len(stale) - goal.desired
    leaving = any(
        task.state is State.DRAINING and task.generation < goal.generation
        for task in tasks
    )
    return stale[:1] if spare > 0 and not leaving else ()
