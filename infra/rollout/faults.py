"""What befalls a service that nobody asked for."""

from collections.abc import Sequence

from infra.rollout.ecs import Service
from infra.rollout.plan import SPOT
from infra.rollout.task import Task


def interrupt(service: Service, count: int) -> Sequence[Task]:
    """Have Spot take back *count* of its tasks; return those, fewer if it has."""
    victims = [task for task in service.active if task.provider == SPOT][:count]
    for task in victims:
        service.ground.say(f"Spot takes back {task.id}")
        task.interrupt()
    service.pulse.beat()
    return victims


def lose(service: Service, zone: str, *, frozen: bool) -> Sequence[Task]:
    """Take a zone away: its tasks are killed, or frozen, and ECS is not told."""
    service.lost_zones.add(zone)
    victims = [task for task in service.active if task.zone == zone]
    for task in victims:
        task.frozen, task.lost = frozen, not frozen
        if task.container is not None:
            (task.container.freeze if frozen else task.container.kill)()
    service.ground.say(f"{zone} is {'frozen' if frozen else 'gone'}")
    return victims


def restore(service: Service) -> None:
    """Give the zones back, end what hangs in them, and scale as planned."""
    service.lost_zones.clear()
    for task in service.tasks:
        if task.frozen and task.container is not None:
            task.container.kill()
    service.scale(service.plan.desired)
