"""A service of the fleet on Fargate."""

from typing import cast

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_servicediscovery as cloudmap
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.scaling import scale
from infra.cdk.parts.task import Recipe, Task

FAILURES = 3
"""Tasks that fail to start until a deploy is taken back, however large the service:
ECS's own half of the desired count would be twelve of twenty-four."""


class GrpcService(Construct):
    """Tasks that are found by name, each with a DNS record of its own.

    New tasks are started beside the old ones, and an old one leaves only when a new one
    is healthy. Nobody can connect who was not let in by `allow_from`.
    """

    def __init__(
        self, scope: Construct, name: str, ground: Ground, recipe: Recipe
    ) -> None:
        super().__init__(scope, name)
        self.name = name
        self.port = recipe.port
        self.target = f"{name}.{ground.namespace.zone}:{recipe.port}"
        """By DNS, as `fleet.connect` takes it after `dns://`."""
        self._ground = ground
        task = Task(self, "Task", name, ground, recipe)
        self.log_group = task.log_group
        self.task_role: iam.IRole = task.definition.task_role
        self.service = self._run(task, recipe.size.spot_percent)
        self.scaling = scale(self.service, name, ground, recipe)

    def allow_from(self, caller: "GrpcService") -> None:
        """Let the tasks of *caller* connect."""
        self.allow_from_group(
            caller.service.connections.security_groups[0], caller.name
        )

    def allow_from_group(self, group: ec2.ISecurityGroup, name: str) -> None:
        """Let whoever is in *group*, which is called *name*, connect."""
        self.service.connections.allow_from(
            group, ec2.Port.tcp(self.port), f"{self.name}, from {name}"
        )

    def _run(self, task: Task, spot_percent: int) -> ecs.FargateService:
        ground = self._ground
        group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=ground.network.vpc,
            description=f"Tasks of {self.name}",
            allow_all_outbound=True,
            allow_all_ipv6_outbound=ground.network.ipv6,
        )
        service = ecs.FargateService(
            self,
            "Service",
            service_name=self.name,
            cluster=ground.cluster,
            task_definition=task.definition,
            capacity_provider_strategies=_capacity(spot_percent),
            vpc_subnets=ground.network.tasks,
            assign_public_ip=ground.network.public_addresses,
            security_groups=[group],
            min_healthy_percent=100,
            max_healthy_percent=200,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            enable_execute_command=ground.environment.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
            cloud_map_options=ecs.CloudMapOptions(
                name=self.name,
                cloud_map_namespace=ground.namespace.namespace,
                dns_record_type=cloudmap.DnsRecordType.A,
                dns_ttl=Duration.seconds(ground.environment.ttl_s),
            ),
        )
        _break_after(service, FAILURES)
        return service


def _capacity(spot_percent: int) -> list[ecs.CapacityProviderStrategy]:
    """Return the shares; one task is never on Spot, which may end all at once."""
    demand = ecs.CapacityProviderStrategy(
        capacity_provider="FARGATE", base=1, weight=100 - spot_percent
    )
    if not spot_percent:
        return [demand]
    spot = ecs.CapacityProviderStrategy(
        capacity_provider="FARGATE_SPOT", weight=spot_percent
    )
    return [demand, spot]


def _break_after(service: ecs.FargateService, failures: int) -> None:
    """Set what the CDK's own construct has no word for yet."""
    made = cast("CfnResource", service.node.default_child)
    made.add_property_override(
        "DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration",
        {"Type": "COUNT", "Value": failures},
    )
