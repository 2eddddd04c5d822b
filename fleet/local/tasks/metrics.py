"""Where a task has its page for Prometheus."""

from fleet.endpoint import Endpoint
from fleet.local.plan import ServicePlan
from fleet.server.settings import parse_listen

VARIABLE = "FLEET_METRICS_LISTEN"

PORTS_ABOVE = 4464
"""From a task's port to that of its page: 5000 becomes 9464, which is the default of
OpenTelemetry's own exporter for Prometheus."""

_LAST_PORT = 65535
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


def metrics_listen(plan: ServicePlan, task: Endpoint) -> Endpoint | None:
    """Return where a task of *plan* at *task* listens for Prometheus.

    The plan's own word counts; an empty one switches the page off. None also for
    HTTP services, which have it among their pages, and where no port is left.
    """
    if plan.probe == "http":
        return None
    if (given := plan.env.get(VARIABLE)) is not None:
        return _read(given, task)
    port = task.port + PORTS_ABOVE
    return Endpoint(task.host, port) if port <= _LAST_PORT else None


def metrics_url(plan: ServicePlan, task: Endpoint) -> str | None:
    """Return where the figures of a task of *plan* at *task* can be read."""
    page = task if plan.probe == "http" else metrics_listen(plan, task)
    return f"http://{page}/metrics" if page and page.port else None


def _read(given: str, task: Endpoint) -> Endpoint | None:
    try:
        found = parse_listen(given)
    except ValueError:
        return None  # switched off, or nonsense, which the task itself will refuse
    return Endpoint(task.host, found.port) if found.host in _EVERYWHERE else found
