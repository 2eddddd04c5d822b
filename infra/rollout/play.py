"""Play one scenario under load, and count."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from infra.rollout.ecs import Service
from infra.rollout.load import Loads, Tally, loads
from infra.rollout.scenarios import Scenario
from infra.rollout.stage import Stage

CALM_S = 2.0
"""Of load before and after."""
LIMIT_S = 240.0
"""Of one scenario, besides provisioning; beyond it, something hangs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scenario has cost."""

    scenario: Scenario
    loads: Loads
    seconds: float
    kills: int
    """Tasks that SIGKILL ended, because their stop timeout was over."""
    trips: int
    """Deployments that the circuit breaker ended."""

    def problems(self) -> list[str]:
        """Return what should not be; a safe call or a request has no excuse."""
        found = [
            f"{tally.failed} of {tally.made} {what} failed: {tally.told()}"
            for what, tally in self._promised()
            if tally.failures
        ]
        found += [
            f"{tally.started} {what} were begun, and {tally.made} counted"
            for what, tally in self._all()
            if tally.started != tally.made
        ]
        if self.kills:
            found.append(f"SIGKILL had to end {self.kills} tasks")
        if self.trips != self.scenario.trips:
            found.append(f"the circuit breaker tripped {self.trips} times")
        return found

    def _promised(self) -> list[tuple[str, Tally]]:
        safe, gateway, unsafe, _ = self._all()
        return [safe, gateway] if self.scenario.abrupt else [safe, gateway, unsafe]

    def _all(self) -> list[tuple[str, Tally]]:
        loads = self.loads
        return [
            ("safe calls", loads.safe),
            ("requests through the gateway", loads.gateway),
            ("unsafe calls", loads.unsafe),
            ("calls of gRPC's own", loads.peer),
        ]


async def play(stage: Stage, scenario: Scenario) -> Outcome:
    """Play *scenario* from a calm to the next.

    Raises:
        TimeoutError: It did not end in time; the text says how the tasks are.
        RuntimeError: Nobody answers before it has begun.
    """
    servers = stage.game_servers
    async with _limited(servers, f"what comes before {scenario.title!r}"):
        await scenario.before(servers)
        await stage.settled()
    stage.cloudmap.calm()
    kills, trips = servers.kills, servers.trips
    async with loads(stage.target, stage.gateways) as found:
        await asyncio.sleep(CALM_S)
        began = time.monotonic()
        async with _limited(servers, repr(scenario.title)):
            await scenario.act(servers)
            await stage.settled()
        seconds = time.monotonic() - began
        await asyncio.sleep(CALM_S)
    kills, trips = servers.kills - kills, servers.trips - trips
    return Outcome(scenario, found, seconds, kills, trips)


@contextlib.asynccontextmanager
async def _limited(servers: Service, what: str) -> AsyncIterator[None]:
    # A task may have to wait for a turn, on its way there and on its way back.
    limit_s = LIMIT_S + 2 * servers.plan.desired * servers.plan.provision_s
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError:
        problem = f"{what} did not end within {limit_s:g} s: {servers.told()}"
        raise TimeoutError(problem) from None
