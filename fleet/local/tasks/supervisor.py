"""The processes of all services, in one supervisor."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.errors import Unknown
from fleet.local.leash import leash
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.plan import ServicePlan
from fleet.local.store.keeper import OwnStore
from fleet.local.store.life import STORE, StoreLife
from fleet.local.tasks.addresses import candidates
from fleet.local.tasks.ground import Ground, Registry
from fleet.local.tasks.health import probes
from fleet.local.tasks.process import inheritable
from fleet.local.tasks.pulse import Pulse
from fleet.local.tasks.reconcile import Goal
from fleet.local.tasks.service import Service
from fleet.local.tasks.task import Task
from fleet.local.tls.certificates import Certificates


@dataclass(slots=True)
class Supervisor:
    """All services of the fleet on this machine."""

    options: Options
    journal: Journal
    services: dict[str, Service] = field(default_factory=dict)
    store: OwnStore | None = None
    """None where no service asks for one, or where somebody else runs it."""
    tls: Certificates | None = None
    """None in a fleet without encryption."""
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

    @property
    def store_address(self) -> str:
        """Where the store is, whoever runs it; empty where there is none."""
        own = self.store.address if self.store else ""
        return self.options.store or own

    def deaths(self) -> Iterator[str]:
        """Yield what is told of the last death of every service, and of the store."""
        yield from (s.last_death for s in self.services.values() if s.last_death)
        if self.store and self.store.last_death:
            yield self.store.last_death

    def process(self, name: str) -> Task | StoreLife:
        """Return the task *name*, or the store; raise `Unknown` for another name."""
        by_id: dict[str, Task | StoreLife] = {task.id: task for task in self.tasks()}
        if self.store:
            by_id[STORE] = self.store.life
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
        """End every task and the store now."""
        for task in self.tasks():
            task.kill()
        if self.store:
            self.store.kill()


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
    with leash() as end:
        ground = _ground(supervisor, registry, env, end)
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
    supervisor: Supervisor, registry: Registry, env: Mapping[str, str], end: int
) -> Ground:
    options = supervisor.options
    return Ground(
        registry=registry,
        journal=supervisor.journal,
        probes=probes(supervisor.tls.people if supervisor.tls else None),
        life=options.life,
        leash=end,
        env=inheritable(env),
        store=supervisor.store_address,
        tls=supervisor.tls,
        target=lambda name: supervisor.target(supervisor.service(name)),
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
