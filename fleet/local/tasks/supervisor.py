"""The processes of all services, in one supervisor."""

import asyncio
import contextlib
import functools
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.errors import Unknown
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.plan import ServicePlan
from fleet.local.tasks.addresses import candidates
from fleet.local.tasks.ground import Ground, Registry
from fleet.local.tasks.health import probe
from fleet.local.tasks.pulse import Pulse
from fleet.local.tasks.reconcile import Goal
from fleet.local.tasks.service import Service
from fleet.local.tasks.task import Task


@dataclass(slots=True)
class Supervisor:
    """All services of the fleet on this machine."""

    options: Options
    journal: Journal
    services: dict[str, Service] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by `ask_to_stop` only: who waits for a beat must hear of it too."""

    def ask_to_stop(self) -> None:
        """Let `fleet up` end; it drains every task then."""
        self.stop_asked.set()
        self.pulse.beat()

    def tasks(self) -> Iterator[Task]:
        """Yield every task that lives, service by service."""
        for service in self.services.values():
            yield from service.tasks

    def service(self, name: str) -> Service:
        """Return the service *name*, or raise `Unknown`."""
        if name not in self.services:
            raise Unknown("service", name, list(self.services))
        return self.services[name]

    def task(self, name: str) -> Task:
        """Return the task *name*, or raise `Unknown`."""
        by_id = {task.id: task for task in self.tasks()}
        if name not in by_id:
            raise Unknown("task", name, list(by_id))
        return by_id[name]

    def target(self, service: Service) -> str:
        """Return where clients find *service*."""
        name = f"{service.plan.name}.{self.options.domain}"
        port = "" if self.options.one_address else f":{service.plan.port}"
        return f"dns://{self.options.dns}/{name}{port}"

    def wind_down(self) -> None:
        """Drain every task, all at the same moment."""
        for service in self.services.values():
            service.wind_down()

    def kill(self) -> None:
        """End every task now."""
        for task in self.tasks():
            task.kill()


@contextlib.asynccontextmanager
async def supervise(
    plans: Sequence[ServicePlan],
    supervisor: Supervisor,
    registry: Registry,
    env: Mapping[str, str],
) -> AsyncIterator[None]:
    """Run *plans* for the length of the block, then drain all tasks at once.

    Args:
        plans: What to run.
        supervisor: Gets the services; tests and the control socket look at it.
        registry: Where tasks are found.
        env: What tasks inherit.
    """
    with _leash() as leash:
        ground = _ground(supervisor, registry, env, leash)
        for plan in plans:
            supervisor.services[plan.name] = Service(plan, ground, Goal(plan.tasks))
        services = supervisor.services.values()
        keeping = [asyncio.create_task(service.keep()) for service in services]
        try:
            yield
        finally:
            for keeper in keeping:
                keeper.cancel()
            await asyncio.wait(keeping)
            await asyncio.gather(*(service.leave() for service in services))


def _ground(
    supervisor: Supervisor, registry: Registry, env: Mapping[str, str], leash: int
) -> Ground:
    options = supervisor.options
    return Ground(
        registry=registry,
        journal=supervisor.journal,
        probe=probe,
        life=options.life,
        leash=leash,
        # Settings of ours are no settings of theirs, and they refuse strangers.
        env={k: v for k, v in env.items() if not k.startswith("FLEET_")},
        places=functools.partial(
            candidates, options.first_host, one_address=options.one_address
        ),
        taken=_Taken(supervisor),
        pulse=supervisor.pulse,
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    supervisor: Supervisor

    def __contains__(self, endpoint: object) -> bool:
        return any(task.endpoint == endpoint for task in self.supervisor.tasks())


@contextlib.contextmanager
def _leash() -> Iterator[int]:
    """Hold a pipe open; whoever has its read end hears when we are gone."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(write)
        os.close(read)
