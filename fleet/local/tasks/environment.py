"""The variables that a task gets."""

from collections.abc import Mapping

from fleet.endpoint import Endpoint
from fleet.local.plan import ServicePlan
from fleet.local.tasks.ground import Ground
from fleet.local.tasks.metrics import VARIABLE as METRICS
from fleet.local.tasks.metrics import metrics_listen


def environment(
    plan: ServicePlan, ground: Ground, endpoint: Endpoint
) -> Mapping[str, str]:
    """Return the whole environment of a task of *plan* at *endpoint*.

    Raises:
        OSError: Its certificate cannot be written.
    """
    life = ground.life
    found = {
        variable: " ".join(map(ground.target, names))
        for variable, names in plan.targets.items()
    }
    if plan.store and ground.store:
        found[plan.store] = ground.store
    page = metrics_listen(plan, endpoint)
    if page and METRICS not in plan.env:
        found[METRICS] = str(page)
    return {
        **ground.env,
        # For people, who read it through `fleet up`; fleet.toml may differ.
        "FLEET_LOG_FORMAT": "text",
        **plan.env,
        **found,
        **_tls(plan, ground, endpoint),
        "FLEET_LISTEN": str(endpoint),
        "FLEET_LEASH_FD": str(ground.leash),
        "FLEET_LINGER_S": f"{life.linger_s:g}",
        "FLEET_GRACE_S": f"{life.grace_s:g}",
    }


def _tls(plan: ServicePlan, ground: Ground, endpoint: Endpoint) -> Mapping[str, str]:
    """Return where a task finds what it shows to its callers, and to those it calls."""
    beginnings = ["FLEET_TLS"] if plan.probe == "grpc" else []
    beginnings += [plan.tls] if plan.tls else []
    if ground.tls is None or not beginnings:
        return {}
    files = ground.tls.service(plan.name, endpoint.host)
    return {
        f"{beginning}_{name}": str(path)
        for beginning in beginnings
        for name, path in (("CA", files.ca), ("CERT", files.cert), ("KEY", files.key))
    }
