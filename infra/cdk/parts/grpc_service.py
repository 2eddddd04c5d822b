"""A service of the fleet on Fargate."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_servicediscovery as cloudmap
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.values import ServiceSize


class GrpcService(Construct):
    """Tasks that are found by name, each with a DNS record of its own."""

    def __init__(  # noqa: PLR0913 - a service has many sides
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        size: ServiceSize,
        command: Sequence[str],
        port: int,
        probe: Sequence[str],
        settings: Mapping[str, str],
        secrets: Mapping[str, ecs.Secret],
    ) -> None:
        super().__init__(scope, name)
        environment, network = ground.environment, ground.network
        namespace, image = ground.namespace, ground.image
        self.name = name
        self.port = port
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=size.cpu,
            memory_limit_mib=size.memory_mib,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64
                if size.architecture == "arm64"
                else ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/{environment.prefix}/{name}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.RETAIN
            if environment.keep_data
            else RemovalPolicy.DESTROY,
        )
        task.add_container(
            "service",
            image=image.container,
            command=[*command],
            port_mappings=[ecs.PortMapping(container_port=port)],
            environment={
                "FLEET_LINGER_S": str(size.linger_s),
                "FLEET_GRACE_S": str(size.grace_s),
                **settings,
            },
            secrets={**secrets},
            health_check=ecs.HealthCheck(
                command=["CMD", *probe],
                interval=Duration.seconds(5),
                timeout=Duration.seconds(3),
                retries=3,
                start_period=Duration.seconds(30),
            ),
            stop_timeout=Duration.seconds(size.stop_timeout_s),
            readonly_root_filesystem=not environment.execute_command,
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=name, log_group=self.log_group
            ),
            linux_parameters=ecs.LinuxParameters(
                self, "Linux", init_process_enabled=True
            ),
        )
        image.grant_pull(task.obtain_execution_role())
        least, most = size.tasks
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=ground.cluster,
            service_name=name,
            task_definition=task,
            min_healthy_percent=100,
            max_healthy_percent=200,
            vpc_subnets=network.tasks,
            assign_public_ip=network.public_addresses,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            enable_execute_command=environment.execute_command,
            cloud_map_options=ecs.CloudMapOptions(
                name=name,
                cloud_map_namespace=namespace.namespace,
                dns_record_type=cloudmap.DnsRecordType.A,
                dns_ttl=Duration.seconds(environment.ttl_s),
            ),
        )
        scaling = self.service.auto_scale_task_count(
            min_capacity=least, max_capacity=most
        )
        scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
        self.target = f"{name}.{namespace.zone}:{port}"

    def allow_from(self, caller: "GrpcService") -> None:
        """Let the tasks of *caller*, and nobody else that is not named so, connect."""
        self.service.connections.allow_from(
            caller.service, ec2.Port.tcp(self.port), f"from {caller.name}"
        )
