"""The variables that a task gets."""

from collections.abc import Mapping

from fleet.endpoint import Endpoint
from fleet.local.plan import ServicePlan
from fleet.local.tasks.ground import Ground


def environment(
    plan: ServicePlan, ground: Ground, endpoint: Endpoint
) -> Mapping[str, str]:
    """Return the whole environment of a task of *plan* at *endpoint*."""
    life = ground.life
    found = {
        variable: " ".join(map(ground.target, names))
        for variable, names in plan.targets.items()
    }
    if plan.store and ground.store:
        found[plan.store] = ground.store
    return {
        **ground.env,
        # For people, who read it through `fleet up`; fleet.toml may differ.
        "FLEET_LOG_FORMAT": "text",
        **plan.env,
        **found,
        "FLEET_LISTEN": str(endpoint),
        "FLEET_LEASH_FD": str(ground.leash),
        "FLEET_LINGER_S": f"{life.linger_s:g}",
        "FLEET_GRACE_S": f"{life.grace_s:g}",
    }
