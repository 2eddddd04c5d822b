"""What to run, and where: as the services stack says in its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.smoke.errors import NotDeployed

NO_IMAGE = "none"
_OUTPUTS = {
    "image": "SmokeImage",
    "cluster": "SmokeCluster",
    "task_definition": "SmokeTaskDefinition",
    "security_group": "SmokeSecurityGroup",
    "subnets": "SmokeSubnets",
    "public_ip": "SmokePublicIp",
    "log": "SmokeLog",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the task."""

    image: str
    cluster: str
    task_definition: str
    security_group: str
    subnets: tuple[str, ...]
    public_ip: str
    """ENABLED or DISABLED."""
    log: str
    """The log group."""


def plan(stack: str, outputs: Mapping[str, str]) -> Plan:
    """Return what the *outputs* of *stack* ask for.

    Raises:
        NotDeployed: Outputs are missing, or there is no image yet.
    """
    if missing := sorted({*_OUTPUTS.values()} - outputs.keys()):
        raise NotDeployed(stack, f"has no output {', '.join(missing)}: deploy it anew")
    found = {field: outputs[name] for field, name in _OUTPUTS.items()}
    if found["image"] == NO_IMAGE:
        raise NotDeployed(stack, "runs no image yet: make deploy ... IMAGE=...")
    subnets = tuple(found.pop("subnets").split(","))
    return Plan(**found, subnets=subnets)
