"""What the fleet tells about itself, as plain data for JSON."""

from fleet.local.tasks.metrics import metrics_url
from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tasks.task import State, Task


def report(fleet: Supervisor) -> dict[str, object]:
    """Return everything that `fleet ps` shows."""
    return {
        "dns": str(fleet.options.dns),
        "store": _store(fleet),
        "tls": _tls(fleet),
        "services": [
            {**progress(service), "target": fleet.target(service)}
            | {"probe": service.plan.probe, "url": url(service)}
            | {"tasks": [_task(task, service) for task in service.tasks]}
            for service in fleet.services.values()
        ],
    }


def url(service: Service) -> str | None:
    """Return where a browser finds *service*; None where it is not for browsers.

    The first healthy task's own address: names of the fleet's DNS mean nothing to
    a browser.
    """
    if service.plan.probe != "http":
        return None
    healthy = (t for t in service.tasks if t.state is State.HEALTHY)
    task = next(healthy, None)
    return f"http://{task.endpoint}" if task else None


def _store(fleet: Supervisor) -> dict[str, object] | None:
    """Tell of the store; of somebody else's we know the address only.

    The address has the password in it, and commands need it. The control socket
    is for its owner only; what is printed must not show it.
    """
    if not fleet.store_address:
        return None
    own = fleet.store
    living = own.life.process if own and not own.life.gone else None
    return {
        "address": fleet.store_address,
        "embedded": own is not None,
        "data": str(own.data) if own else None,
        "pid": living.pid if living else None,
        "state": own.life.state.value if own else None,
        "problem": own.life.problem if own else "",
    }


def _tls(fleet: Supervisor) -> dict[str, str] | None:
    """Tell where a command finds what it needs to call a task; None: nothing."""
    if fleet.tls is None:
        return None
    files = fleet.tls.people
    return {"ca": str(files.ca), "cert": str(files.cert), "key": str(files.key)}


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


def _task(task: Task, service: Service) -> dict[str, object]:
    return {
        "task": task.id,
        "state": task.state.value,
        "endpoint": str(task.endpoint),
        "pid": task.process.pid if task.process else None,
        "age_s": round(task.age_s, 1),
        "generation": task.generation,
        "problem": task.problem,
        "metrics": metrics_url(service.plan, task.endpoint),
    }
