"""What one task is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration, Size
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.retention import at_the_end, retention
from infra.cdk.values import ServiceSize

_ARCHITECTURES = {
    "arm64": ecs.CpuArchitecture.ARM64,
    "x86_64": ecs.CpuArchitecture.X86_64,
}
PROBE_EVERY_S = 5
"""The shortest that ECS takes; a probe costs 30 ms of CPU."""
PROBES_FAILED = 3
"""In a row, until a task is replaced."""
START_S = 30
"""In which failed probes do not count: image, interpreter and first connections."""


def platform(size: ServiceSize) -> ecs.RuntimePlatform:
    """Return the kind of machine for tasks of *size*."""
    return ecs.RuntimePlatform(
        cpu_architecture=_ARCHITECTURES[size.architecture],
        operating_system_family=ecs.OperatingSystemFamily.LINUX,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What makes a task this service and no other."""

    size: ServiceSize
    command: Sequence[str]
    port: int
    probe: Sequence[str]
    """Exits with 0 while the task is well. ECS does not look at the image's own."""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict)
    """By name of the variable; the execution role may read these and no other."""
    scaled_by_calls: bool = True
    """False for what is scaled by the requests of its balancer."""


class Task(Construct):
    """A task definition with one container, and the log that it writes."""

    def __init__(
        self, scope: Construct, name: str, service: str, ground: Ground, recipe: Recipe
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/{environment.prefix}/{service}",
            retention=retention(environment.log_days),
            removal_policy=at_the_end(environment),
        )
        self.definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=f"{environment.prefix}-{service}",
            cpu=recipe.size.cpu,
            memory_limit_mib=recipe.size.memory_mib,
            runtime_platform=platform(recipe.size),
        )
        self._add_container(service, ground, recipe)
        ground.image.grant_pull(self.definition.obtain_execution_role())
        acknowledge(
            self.definition,
            "AwsSolutions-ECS2",
            "Settings that are no secrets stand in the definition, where they are"
            " reviewed and rolled back with the image; secrets are referred to.",
        )
        acknowledge(
            self.definition,
            "AwsSolutions-IAM5[Resource::*]",
            "ecr:GetAuthorizationToken, Cloud Map's questions (limited to one service"
            " by conditions) and the channel of execute-command know no resources.",
        )

    def _add_container(self, service: str, ground: Ground, recipe: Recipe) -> None:
        environment, size = ground.environment, recipe.size
        self.definition.add_container(
            "service",
            image=ground.image.container,
            command=[*recipe.command],
            port_mappings=[ecs.PortMapping(container_port=recipe.port)],
            environment={
                "FLEET_LINGER_S": str(size.linger_s),
                "FLEET_GRACE_S": str(size.grace_s),
                "FLEET_METRICS_NAMESPACE": environment.metrics,
                "FLEET_SERVICE": service,
                "FLEET_LOG_CALLS": environment.log_calls,
                **ground.network.settings,
                **recipe.settings,
            },
            secrets={**recipe.secrets},
            health_check=ecs.HealthCheck(
                command=["CMD", *recipe.probe],
                interval=Duration.seconds(PROBE_EVERY_S),
                timeout=Duration.seconds(PROBE_EVERY_S - 1),
                retries=PROBES_FAILED,
                start_period=Duration.seconds(START_S),
            ),
            stop_timeout=Duration.seconds(size.stop_timeout_s),
            # `execute-command` brings an agent that writes beside the program.
            readonly_root_filesystem=not environment.execute_command,
            linux_parameters=ecs.LinuxParameters(
                self, "Linux", init_process_enabled=True
            ),
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=service,
                log_group=self.log_group,
                # A log that is not taken must not stop the program that writes it.
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
                max_buffer_size=Size.mebibytes(4),
            ),
        )
