"""What does not come up says why, and early."""

import dataclasses
from collections.abc import Iterator

import pytest

from fleet.endpoint import Endpoint
from fleet.errors import NeverHealthy
from fleet.local.dns.zone import Zone
from infra.rollout.cloudmap import CloudMap
from infra.rollout.ecs import Service
from infra.rollout.plan import ServicePlan
from infra.rollout.play import play
from infra.rollout.scenarios import Scenario
from infra.rollout.stage import Stage, stage
from tests.clock import FakeClock
from tests.infra.rollout_service import PLAN, watched

_WAITS = "import time; print('I wait', flush=True); time.sleep(600)"  # a child's own
_EXITS = "print('no such store'); raise SystemExit(3)"


def _plan(name: str, code: str, check: str = "true") -> ServicePlan:
    health = dataclasses.replace(
        PLAN.check, command=("CMD", check), interval_s=1, retries=1, start_period_s=0
    )
    command = ("python", "-c", code)
    return dataclasses.replace(PLAN, name=name, command=command, check=health)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What a stage said while it went up."""
    lines: list[str] = []
    yield lines
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(
    ("servers", "gateway", "said"),
    [
        (
            _plan("game-server", _EXITS),
            _plan("gateway", _WAITS),
            r"no task of game-server .*\n.*\n.*-\d: exit code 3\n  no such store",
        ),
        (
            _plan("game-server", _WAITS, check="false"),
            _plan("gateway", _WAITS),
            r"no task of game-server .*\n.*\n.*: UNHEALTHY says CMD false\n  I wait",
        ),
        (
            _plan("game-server", _WAITS),
            _plan("gateway", _EXITS, check="false"),
            r"no task of gateway .*\n  exit code 3\n  no such store",
        ),
    ],
    ids=["exits", "unhealthy", "gateway"],
)
@pytest.mark.timeout(60)  # below the limit of the start: it does not wait for that
async def test_what_cannot_come_up_says_its_last_words(
    servers: ServicePlan, gateway: ServicePlan, said: str, heard: list[str]
) -> None:
    with pytest.raises(NeverHealthy, match=said):
        async with stage(servers, gateway, heard.append):
            pytest.fail("it came up")


async def _hangs(_service: Service) -> None:
    raise TimeoutError


async def test_a_scenario_that_hangs_is_told_with_the_state_of_the_tasks(
    clock: FakeClock,
) -> None:
    scenario = Scenario(name="x", title="a hang", before=_hangs, act=_hangs)
    zone = Zone("local", ttl_s=5, propagation_s=5)
    async with watched(clock) as seen:
        up = Stage(
            seen.service,
            CloudMap(zone, "game-server", 5),
            "dns://127.0.0.1:1/x:5000",
            (Endpoint("127.0.0.1", 1),),
        )
        with pytest.raises(
            TimeoutError,
            match=r"before 'a hang' did not end within 246 s: "
            r"revision 1 is COMPLETED, 3 of 3 tasks of game-server healthy",
        ):
            await play(up, scenario)
