"""Tasks that are found by DNS: a zone as Cloud Map answers it, behind a cache."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from benchmarks.stage.task import TaskProcess
from fleet.endpoint import Endpoint
from fleet.local.dns.cache import Cache
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone

SERVICE = "game-server"
DOMAIN = "local"


@dataclass(frozen=True, slots=True)
class Listed:
    """A zone and the nameserver that answers for it."""

    zone: Zone
    nameserver: Endpoint
    port: int

    @property
    def target(self) -> str:
        """What clients connect to; gRPC's own resolver reads it as well."""
        return f"dns://{self.nameserver}/{SERVICE}.{DOMAIN}:{self.port}"

    def register(self, tasks: Iterable[TaskProcess]) -> None:
        """List *tasks*."""
        for task in tasks:
            self.zone.register(SERVICE, task.endpoint)

    def deregister(self, tasks: Iterable[TaskProcess]) -> None:
        """List *tasks* no longer."""
        for task in tasks:
            self.zone.deregister(SERVICE, task.endpoint)


@contextlib.asynccontextmanager
async def listed(
    tasks: Iterable[TaskProcess],
    *,
    ttl_s: int = 1,
    propagation_s: float = 0.0,
    cached: bool = False,
    port: int = 5000,
) -> AsyncIterator[Listed]:
    """Serve a zone that lists *tasks* already, as after a long calm.

    Args:
        tasks: Listed from the first question on.
        ttl_s: Of every record.
        propagation_s: From a change until the nameserver knows it.
        cached: Put a resolver in front that keeps each answer for its TTL, as
            the one of a VPC does.
        port: On which the tasks listen.
    """
    zone = Zone(DOMAIN, ttl_s=ttl_s, propagation_s=propagation_s)
    async with nameserver(Cache(zone) if cached else zone, port=0) as endpoint:
        stage = Listed(zone, endpoint, port)
        stage.register(tasks)
        await asyncio.sleep(propagation_s)
        yield stage
