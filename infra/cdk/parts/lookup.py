"""How one service finds another."""

from typing import Protocol

from aws_cdk import aws_iam as iam

from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.values import Environment

_ACTIONS = [
    "servicediscovery:DiscoverInstances",
    "servicediscovery:DiscoverInstancesRevision",
]


class Caller(Protocol):
    """Whoever asks: tasks with a role."""

    task_role: iam.IRole


def found_by(environment: Environment, service: GrpcService) -> str:
    """Return the target of *service*, by DNS or by Cloud Map's API."""
    if environment.lookup == "dns":
        return f"dns://{service.target}"
    place = f"{environment.namespace}/{service.name}:{service.port}"
    return f"cloudmap://{place}?region={environment.region}"


def allow_lookup(
    environment: Environment, caller: Caller, service: GrpcService
) -> None:
    """Let *caller* ask Cloud Map's API where *service* is, and nothing else."""
    if environment.lookup == "dns":
        return
    only = {
        "servicediscovery:NamespaceName": environment.namespace,
        "servicediscovery:ServiceName": service.name,
    }
    caller.task_role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=_ACTIONS,
            # The two actions know no resource; the conditions name the service.
            resources=["*"],
            conditions={"StringEquals": only},
        )
    )
