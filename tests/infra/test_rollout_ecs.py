"""The scheduler with fake containers on a fake clock."""

import dataclasses

import pytest

from infra.rollout.faults import interrupt, lose, restore
from infra.rollout.health import Health
from infra.rollout.plan import SPOT, Breaker, Capacity
from infra.rollout.revision import Revision, Rollout
from infra.rollout.task import State, Task
from tests.clock import FakeClock
from tests.infra.rollout_service import PLAN, FakeContainer, watched


async def test_a_task_goes_from_provisioning_to_running_and_then_healthy(
    clock: FakeClock,
) -> None:
    async with watched(clock, steady=False) as seen:
        await clock.settle()
        assert seen.states() == [(State.PROVISIONING, Health.UNKNOWN)] * 3
        await clock.advance(1)
        assert seen.states() == [(State.RUNNING, Health.UNKNOWN)] * 3
        assert not seen.listed.told
        await clock.advance(5)
        assert seen.states() == [(State.RUNNING, Health.HEALTHY)] * 3
        assert all(healthy for _, healthy in seen.listed.told)
        assert seen.service.deployment.state is Rollout.COMPLETED


async def test_a_deploy_stays_between_the_minimum_and_the_maximum(
    clock: FakeClock,
) -> None:
    async with watched(clock) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(60)
        assert seen.service.steady
        assert {task.revision for task in seen.service.tasks} == {2}
        assert (seen.least_healthy, seen.most_counted) == (3, 6)


async def test_a_deploy_with_room_for_one_takes_turns(clock: FakeClock) -> None:
    async with watched(clock) as seen:
        seen.service.deploy(Revision(2), max_percent=134)
        await clock.advance(60)
        assert seen.service.steady
        assert (seen.least_healthy, seen.most_counted) == (3, 4)


async def test_without_room_half_of_the_tasks_make_it(clock: FakeClock) -> None:
    plan = dataclasses.replace(PLAN, desired=4, min_percent=50, max_percent=100)
    async with watched(clock, plan) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(2 * (plan.provision_s + 6))
        assert seen.service.steady
        assert (seen.least_healthy, seen.most_counted) == (2, 4)


async def test_with_a_minimum_of_0_callers_are_left_alone_as_long_as_on_fargate(
    clock: FakeClock,
) -> None:
    plan = dataclasses.replace(PLAN, min_percent=0, max_percent=100)
    async with watched(clock, plan, steady=False) as seen:
        await clock.advance(46)
        assert seen.service.steady
        seen.service.deploy(Revision(2))
        await clock.advance(39)
        assert {state for state, _ in seen.states()} == {State.PROVISIONING}
        await clock.advance(6)
        assert seen.service.steady


async def test_a_stopped_task_leaves_the_list_and_hears_sigterm_in_one_moment(
    clock: FakeClock,
) -> None:
    containers = [FakeContainer(deaf=True) for _ in range(9)]
    async with watched(clock, make=lambda task: containers[_number(task)]) as seen:
        old = list(seen.service.tasks)
        seen.service.deploy(Revision(2))
        await clock.advance(6)
        assert [task.state for task in old] == [State.STOPPING] * 3
        assert [one.signals for one in containers[:3]] == [["TERM"]] * 3
        assert not {task.endpoint for task in old} & seen.listed.there


async def test_sigkill_comes_after_the_stop_timeout_and_is_counted(
    clock: FakeClock,
) -> None:
    containers = [FakeContainer(deaf=n == 0) for n in range(9)]
    async with watched(clock, make=lambda task: containers[_number(task)]) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(6 + 59)
        assert not seen.service.quiet
        await clock.advance(2)
        assert containers[0].signals == ["TERM", "KILL"]
        assert seen.service.kills == 1
        assert seen.service.quiet


@pytest.mark.parametrize("code", [0, 1])
async def test_tasks_that_exit_trip_the_breaker_and_the_old_stay(
    clock: FakeClock, code: int
) -> None:
    async with watched(clock, make=_exiting(code)) as seen:
        good = set(seen.service.tasks)
        seen.service.deploy(Revision(2))
        await clock.advance(60)
        assert seen.service.trips == 1
        assert set(seen.service.tasks) == good
        assert seen.service.deployment.revision.number == 1
        assert seen.service.deployment.state is Rollout.COMPLETED
        assert seen.least_healthy == 3


async def test_tasks_that_never_get_healthy_trip_it_when_their_retries_are_over(
    clock: FakeClock,
) -> None:
    def make(task: Task) -> FakeContainer:
        return FakeContainer(good=task.revision == 1)

    async with watched(clock, make=make) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(1 + 30 + 5 + 4)
        assert seen.service.trips == 0
        await clock.advance(2)
        assert seen.service.trips == 1
        assert seen.service.steady
        assert seen.least_healthy == 3


async def test_two_failures_of_three_do_not_trip_it(clock: FakeClock) -> None:
    async with watched(clock, make=_exiting(1, failing=2)) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(60)
        assert seen.service.trips == 0
        assert {task.revision for task in seen.service.tasks} == {2}
        assert sum("failed" in line for line in seen.lines) == 2


async def test_a_task_that_gets_healthy_sets_the_count_back(clock: FakeClock) -> None:
    async with watched(clock, make=_exiting(1, failing=2)) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(60)
        assert seen.service.deployment.failures == 0


async def test_without_anything_to_go_back_to_nothing_more_is_started(
    clock: FakeClock,
) -> None:
    def make(_task: Task) -> FakeContainer:
        container = FakeContainer()
        container.exit(1)
        return container

    async with watched(clock, make=make, steady=False) as seen:
        await clock.advance(60)
        assert seen.service.trips == 1
        assert seen.service.deployment.state is Rollout.FAILED
        assert not seen.service.tasks


async def test_who_failed_is_told_with_its_last_words(clock: FakeClock) -> None:
    def make(_: Task) -> FakeContainer:
        made = FakeContainer(last_words=("no store", "bye"))
        made.exit(3)
        return made

    async with watched(clock, make=make, steady=False) as seen:
        await clock.advance(10)
        assert seen.service.hopeless
        assert "game-server-1: exit code 3\n  no store\n  bye" in "".join(seen.lines)
        assert seen.service.told().splitlines() == [
            "revision 1 is FAILED, 0 of 3 tasks of game-server healthy",
            "  game-server-3: exit code 3",
            "  no store",
            "  bye",
        ]


async def test_a_container_that_cannot_be_started_is_told_by_its_error(
    clock: FakeClock,
) -> None:
    def make(_: Task) -> FakeContainer:
        raise OSError("no such program")

    async with watched(clock, make=make, steady=False) as seen:
        await clock.advance(10)
        assert seen.service.hopeless
        assert "game-server-3: OSError: no such program" in seen.service.told()


async def test_a_deployment_that_can_go_back_is_not_hopeless(clock: FakeClock) -> None:
    good = iter([True] * 3)
    async with watched(
        clock, make=lambda _: FakeContainer(good=next(good, False))
    ) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(1 + 30 + 5 * PLAN.check.retries)
        assert seen.service.trips == 1
        assert not seen.service.hopeless


async def test_without_a_breaker_a_bad_image_is_tried_for_ever(
    clock: FakeClock,
) -> None:
    breaker = Breaker(enabled=False, rollback=False)
    plan = dataclasses.replace(PLAN, breaker=breaker)
    async with watched(clock, plan, _exiting(1)) as seen:
        seen.service.deploy(Revision(2))
        await clock.advance(60)
        assert seen.service.trips == 0
        assert sum("failed" in line for line in seen.lines) > 20


async def test_a_task_that_dies_is_replaced(clock: FakeClock) -> None:
    async with watched(clock) as seen:
        victim = seen.service.tasks[0]
        seen.containers()[0].exit(1)
        await clock.advance(10)
        assert victim not in seen.service.tasks
        assert victim.endpoint not in seen.listed.there
        assert seen.service.steady


async def test_a_task_that_hangs_is_replaced_before_it_is_stopped(
    clock: FakeClock,
) -> None:
    async with watched(clock) as seen:
        sick = seen.service.tasks[0]
        seen.containers()[0].good = False
        await clock.advance(16)
        assert sick.health is Health.UNHEALTHY
        assert (sick.endpoint, False) in seen.listed.told
        assert sick.active
        await clock.advance(10)
        assert not sick.active
        assert seen.service.steady


async def test_spot_takes_its_own_tasks_only_and_they_stay_listed_to_their_end(
    clock: FakeClock,
) -> None:
    capacity = (
        Capacity(provider="FARGATE", base=1, weight=50),
        Capacity(provider=SPOT, base=0, weight=50),
    )
    plan = dataclasses.replace(PLAN, capacity=capacity)
    containers = [FakeContainer(deaf=True) for _ in range(9)]

    async with watched(clock, plan, lambda t: containers[_number(t)]) as seen:
        [taken] = interrupt(seen.service, 3)
        await clock.advance(8)
        assert taken.provider == SPOT
        assert taken.state is State.STOPPING
        assert taken.endpoint in seen.listed.there
        assert seen.service.steady  # its replacement is there already
        await clock.advance(60)
        assert taken.endpoint not in seen.listed.there


async def test_a_zone_that_is_gone_is_noticed_after_a_while_and_left_alone(
    clock: FakeClock,
) -> None:
    async with watched(clock) as seen:
        [victim] = lose(seen.service, "a", frozen=False)
        await clock.advance(29)
        assert victim.endpoint in seen.listed.there
        assert victim in seen.service.tasks
        await clock.advance(10)
        assert victim.endpoint not in seen.listed.there
        assert seen.service.quiet
        assert "a" not in {task.zone for task in seen.service.tasks}
        assert seen.service.kills == 0


async def test_a_zone_that_is_frozen_fails_its_checks(clock: FakeClock) -> None:
    async with watched(clock) as seen:
        [victim] = lose(seen.service, "a", frozen=True)
        await clock.advance(30)
        assert victim.state is State.STOPPING
        assert seen.service.quiet  # nothing more can become of it
        restore(seen.service)
        await clock.advance(1)
        assert victim not in seen.service.tasks
        assert seen.service.kills == 0


async def test_scaling_out_and_in_keeps_the_zones_even(clock: FakeClock) -> None:
    async with watched(clock) as seen:
        seen.service.scale(6)
        await clock.advance(10)
        assert sorted(task.zone for task in seen.service.tasks) == list("aabbcc")
        seen.service.scale(3)
        await clock.advance(10)
        assert sorted(task.zone for task in seen.service.tasks) == list("abc")
        assert seen.least_healthy >= 3


def _number(task: Task) -> int:
    return int(task.id.rpartition("-")[2]) - 1


def _exiting(code: int, *, failing: int = 1000) -> "Exiting":
    return Exiting(code, failing)


@dataclasses.dataclass
class Exiting:
    """The first *failing* containers of revision 2 end at once."""

    code: int
    failing: int

    def __call__(self, task: Task) -> FakeContainer:
        container = FakeContainer()
        if task.revision == 2 and self.failing > 0:
            self.failing -= 1
            container.exit(self.code)
        return container
