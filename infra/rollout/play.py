"""Play one scenario under load, and count."""

import asyncio
import time
from dataclasses import dataclass

from infra.rollout.load import Loads, Tally, loads
from infra.rollout.scenarios import Scenario
from infra.rollout.stage import Stage

CALM_S = 2.0
"""Of load before and after."""
LIMIT_S = 240.0
"""Of one scenario; beyond it, something hangs."""


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
        if self.kills:
            found.append(f"SIGKILL had to end {self.kills} tasks")
        if self.trips != self.scenario.trips:
            found.append(f"the circuit breaker tripped {self.trips} times")
        return found

    def _promised(self) -> list[tuple[str, Tally]]:
        promised = [
            ("safe calls", self.loads.safe),
            ("requests through the gateway", self.loads.gateway),
        ]
        if not self.scenario.abrupt:
            promised.append(("unsafe calls", self.loads.unsafe))
        return promised


async def play(stage: Stage, scenario: Scenario) -> Outcome:
    """Play *scenario* from a calm to the next.

    Raises:
        TimeoutError: It did not end within `LIMIT_S`.
    """
    servers = stage.game_servers
    async with asyncio.timeout(LIMIT_S):
        await scenario.before(servers)
        await stage.settled()
    stage.cloudmap.calm()
    kills, trips = servers.kills, servers.trips
    async with loads(stage.target, stage.gateways) as found:
        await asyncio.sleep(CALM_S)
        began = time.monotonic()
        async with asyncio.timeout(LIMIT_S):
            await scenario.act(servers)
            await stage.settled()
        seconds = time.monotonic() - began
        await asyncio.sleep(CALM_S)
    kills, trips = servers.kills - kills, servers.trips - trips
    return Outcome(scenario, found, seconds, kills, trips)
