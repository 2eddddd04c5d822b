"""What may happen to the game servers, one entry each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.rollout.ecs import Service
from infra.rollout.faults import interrupt, lose, restore
from infra.rollout.plan import SPOT, ServicePlan
from infra.rollout.revision import Revision

Act = Callable[[Service], Awaitable[None]]


async def _as_planned(service: Service) -> None:
    restore(service)
    await service.until(lambda: service.steady)


def _always(_plan: ServicePlan) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that happens under load.

    It ends with every task as it should be; those that must go have gone, and DNS
    no longer shows them.
    """

    name: str
    title: str
    act: Act
    before: Act = _as_planned
    """Done before the load begins."""
    trips: bool = False
    """Whether the circuit breaker has to end a deployment."""
    abrupt: bool = False
    """Tasks end without a goodbye: an unsafe call in flight on one is lost, since
    nobody can know whether it was carried out."""
    impossible: Callable[[ServicePlan], str] = _always
    """Why a plan cannot have this; empty: it can."""


def next_revision(service: Service, **changes: str) -> Revision:
    """Return a revision that no task runs yet."""
    last = max(task.revision for task in service.tasks)
    return Revision(last + 1, changes)


async def _deploy(service: Service) -> None:
    service.deploy(next_revision(service))
    await service.until(lambda: service.steady)


async def _one_by_one(service: Service) -> None:
    percent = -(-100 * (service.desired + 1) // service.desired)
    service.deploy(next_revision(service), max_percent=percent)
    await service.until(lambda: service.steady)


async def _deploy_broken(service: Service, **changes: str) -> None:
    trips = service.trips
    service.deploy(next_revision(service, **changes))
    await service.until(lambda: service.trips > trips)
    await service.until(lambda: service.steady)


async def _exits(service: Service) -> None:
    # A settings mistake: the real process says so, and ends.
    await _deploy_broken(service, FLEET_LINGER_S="never")


async def _never_healthy(service: Service) -> None:
    # The real process listens where nobody asks.
    await _deploy_broken(service, FLEET_LISTEN="127.0.0.1:0")


async def _spot(service: Service) -> None:
    taken = interrupt(service, -(-service.desired // 3))
    await service.until(lambda: not any(task in service.tasks for task in taken))


def _needs_spot(plan: ServicePlan) -> str:
    has = any(item.provider == SPOT and item.weight for item in plan.capacity)
    return "" if has else "nothing of it runs on Spot"


async def _spread(service: Service) -> None:
    """Have tasks in every zone again, by a deploy; ECS would move them slowly."""
    await _as_planned(service)
    filled = _filled(service)
    if max(filled.values()) - min(filled.values()) > 1:
        await _deploy(service)


def _filled(service: Service) -> dict[str, int]:
    zones = [task.zone for task in service.active]
    return {zone: zones.count(zone) for zone in service.plan.zones}


async def _lose(service: Service, *, frozen: bool) -> None:
    filled = _filled(service)
    zone = max(filled, key=lambda name: filled[name])
    lost = lose(service, zone, frozen=frozen)
    await service.until(lambda: not any(task.active for task in lost))


async def _gone(service: Service) -> None:
    await _lose(service, frozen=False)


async def _frozen(service: Service) -> None:
    await _lose(service, frozen=True)


def _needs_zones(plan: ServicePlan) -> str:
    return "" if len(plan.zones) > 1 else "it has only one zone"


async def _double(service: Service) -> None:
    await _scale(service, min(2 * service.plan.desired, service.plan.largest))


async def _halve(service: Service) -> None:
    await _scale(service, -(-service.desired // 2))


async def _scale(service: Service, desired: int) -> None:
    service.scale(desired)
    await service.until(lambda: service.steady)


def _needs_room(plan: ServicePlan) -> str:
    more = plan.largest > plan.desired
    return "" if more else "its scaling allows no second number"


# The frozen zone first: the deploys after it spread the tasks again for the other.
SCENARIOS = (
    Scenario(
        name="zone-frozen",
        title="a zone is frozen",
        before=_spread,
        act=_frozen,
        abrupt=True,
        impossible=_needs_zones,
    ),
    Scenario(name="deploy", title="deploy as the template says", act=_deploy),
    Scenario(name="one-by-one", title="deploy with room for one more", act=_one_by_one),
    Scenario(name="exits", title="image that exits at start", act=_exits, trips=True),
    Scenario(
        name="never-healthy",
        title="image that never gets healthy",
        act=_never_healthy,
        trips=True,
    ),
    Scenario(
        name="spot",
        title="Spot takes a third back",
        act=_spot,
        impossible=_needs_spot,
    ),
    Scenario(
        name="scale-out",
        title="scale out to the double",
        act=_double,
        impossible=_needs_room,
    ),
    Scenario(
        name="scale-in",
        title="scale in by half",
        before=_double,
        act=_halve,
        impossible=_needs_room,
    ),
    Scenario(
        name="zone-gone",
        title="a zone is gone",
        before=_spread,
        act=_gone,
        abrupt=True,
        impossible=_needs_zones,
    ),
)
