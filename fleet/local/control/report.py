"""What the fleet tells about itself, as plain data for JSON."""

from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tasks.task import State, Task


def report(fleet: Supervisor) -> dict[str, object]:
    """Return everything that `fleet ps` shows."""
    return {
        "dns": str(fleet.options.dns),
        "services": [
            {**progress(service), "target": fleet.target(service)}
            | {"tasks": [_task(task) for task in service.tasks]}
            for service in fleet.services.values()
        ],
    }


def progress(service: Service) -> dict[str, object]:
    """Return how far *service* is."""
    return {
        "service": service.plan.name,
        "desired": service.goal.desired,
        "healthy": service.healthy,
        "starting": _count(service, State.STARTING),
        "draining": _count(service, State.DRAINING),
        "last_death": service.last_death,
    }


def _count(service: Service, state: State) -> int:
    return sum(task.state is state for task in service.tasks)


def _task(task: Task) -> dict[str, object]:
    return {
        "task": task.id,
        "state": task.state.value,
        "endpoint": str(task.endpoint),
        "pid": task.process.pid if task.process else None,
        "age_s": round(task.age_s, 1),
        "generation": task.generation,
        "problem": task.problem,
    }
