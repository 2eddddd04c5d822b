"""What ECS's scheduler does next: arithmetic on tasks, without time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from infra.rollout.health import Health


class Member(Protocol):
    """A task that has not been told to stop."""

    @property
    def revision(self) -> int:
        """Of the task definition that it runs."""
        ...

    @property
    def health(self) -> Health:
        """What its checks say."""
        ...

    @property
    def was_healthy(self) -> bool:
        """Whether they ever said HEALTHY."""
        ...

    @property
    def zone(self) -> str:
        """Where it runs."""
        ...


M = TypeVar("M", bound=Member)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a service should look like."""

    desired: int
    least: int
    """Healthy tasks, below which no healthy one is stopped."""
    most: int
    """Tasks that may run or start at the same time."""
    revision: int
    halted: bool = False
    """No task is started: a deployment failed and there is nothing to go back to."""


@dataclass(frozen=True, slots=True)
class Steps(Generic[M]):
    """What is to be done now."""

    start: int
    stop: tuple[M, ...]


def decide(goal: Goal, members: Sequence[M]) -> Steps[M]:
    """Return the next steps towards *goal*.

    Sources: `minimumHealthyPercent` and `maximumPercent` in ECS's
    API_DeploymentConfiguration.html. Where it leaves the moment open, the harshest
    one for callers is taken: whatever may be stopped, is stopped at once.
    """
    sound = [m for m in members if _current(goal, m) and not _bad(m)]
    missing = goal.desired - len(sound)
    room = goal.most - len(members)
    start = 0 if goal.halted else max(0, min(missing, room))
    healthy = [m for m in members if m.health is Health.HEALTHY]
    replaced = len(healthy) >= goal.desired or start < missing
    free = [m for m in members if _free(goal, m, replaced=replaced)]
    surplus = _surplus(sound, goal.desired)
    idle = [m for m in surplus if m not in healthy]
    old = [m for m in healthy if not _current(goal, m)]
    spare = max(0, len(healthy) - goal.least)
    serving = [*old, *(m for m in surplus if m in healthy)]
    return Steps(start, (*free, *idle, *serving[:spare]))


def _current(goal: Goal, member: Member) -> bool:
    return member.revision == goal.revision


def _bad(member: Member) -> bool:
    return member.health is Health.UNHEALTHY


def _free(goal: Goal, member: Member, *, replaced: bool) -> bool:
    """Whether *member* may go whatever the minimum: it does not count as healthy.

    One that was healthy once is kept until it is replaced, or in the way of that.
    """
    if not _current(goal, member):
        return member.health is not Health.HEALTHY
    return _bad(member) and (replaced or not member.was_healthy)


def _surplus(sound: Sequence[M], desired: int) -> list[M]:
    """Return those above *desired*: not healthy yet first, then from full zones."""
    left = list(sound)
    gone: list[M] = []
    while len(left) > desired:
        filled = Counter(m.zone for m in left)
        most = max(left, key=lambda m: (not _healthy(m), filled[m.zone]))
        left.remove(most)
        gone.append(most)
    return gone


def _healthy(member: Member) -> bool:
    return member.health is Health.HEALTHY
