"""What deploys and outages of staging cost: real tasks, as its templates say."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fleet.deployed import Assembly
from infra.rollout.play import play
from infra.rollout.scenarios import SCENARIOS, Scenario
from infra.rollout.stage import Stage, stage
from infra.rollout.template import service_plan
from tests.figures import Figure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ENVIRONMENT = "staging"


@pytest_asyncio.fixture(scope="module")
async def staging(assembly: Assembly) -> AsyncIterator[Stage]:
    """The environment with three game servers; what one scenario did, stays."""
    game_server = service_plan(assembly, ENVIRONMENT, "game-server")
    gateway = service_plan(assembly, ENVIRONMENT, "gateway")
    async with stage(game_server, gateway, print) as up:
        yield up


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_nobody_notices(
    staging: Stage,
    scenario: Scenario,
    figure: Figure,
) -> None:
    assert not scenario.impossible(staging.game_servers.plan)

    outcome = await play(staging, scenario)

    loads = outcome.loads
    unsafe = "those in flight on it" if scenario.abrupt else "0"
    for what, tally, wanted in (
        (f"{scenario.title}: safe calls lost", loads.safe, "0"),
        ("  unsafe calls lost", loads.unsafe, unsafe),
        ("  HTTP GET lost", loads.gateway, "0"),
        ("  grpc's own round robin beside them", loads.peer, ""),
    ):
        figure(what, f"{tally.failed} of {tally.made}", wanted)
    assert outcome.problems() == []
