"""One call from inside, after a deploy."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.lookup import allow_lookup, found_by
from infra.cdk.parts.retention import retention
from infra.cdk.parts.smoke_role import SmokeRole
from infra.cdk.parts.task import platform

METHOD = "rpc.Rpc/GetChampion"
REQUEST = '{"champion_id": 1}'
CONTAINER = "call"
"""The container's name and the prefix of its log stream."""


class Smoke(Construct):
    """A task that calls the game server once and ends with the call's exit code.

    It runs where callers run, with the image that was deployed: what it proves is
    the name, the network and the server in one. `python -m infra.smoke` starts it,
    and reads the outputs here for where and how.

    Args:
        scope: The services stack.
        name: In it; the outputs begin with it.
        ground: What the services stand on.
        game_server: Who is called.
        account: Of the pipeline, whose deploy project may start the task.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        game_server: GrpcService,
        account: str,
    ) -> None:
        super().__init__(scope, name)
        self._ground = ground
        self._log_name = f"/{ground.environment.prefix}/smoke"
        self._definition = self._make_definition(game_server)
        self.task_role: iam.IRole = self._definition.task_role
        allow_lookup(ground.environment, self, game_server)
        self._group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=ground.network.vpc,
            description="The smoke test",
            allow_all_ipv6_outbound=ground.network.ipv6,
        )
        game_server.allow_from_group(self._group, "smoke")
        SmokeRole(
            self,
            "Role",
            ground,
            definition=self._definition,
            log_name=self._log_name,
            account=account,
        )
        self._make_outputs()

    def _make_definition(self, game_server: GrpcService) -> ecs.FargateTaskDefinition:
        environment = self._ground.environment
        log = logs.LogGroup(
            self,
            "Logs",
            log_group_name=self._log_name,
            retention=retention(environment.log_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=f"{environment.prefix}-smoke",
            runtime_platform=platform(environment.game_server),
        )
        command = ["python", "-m", "fleet.cli", "call"]
        target = found_by(environment, game_server)
        definition.add_container(
            CONTAINER,
            image=self._ground.image.container,
            command=[*command, target, METHOD, REQUEST],
            environment={**self._ground.network.settings},
            readonly_root_filesystem=True,
            logging=ecs.LogDrivers.aws_logs(stream_prefix=CONTAINER, log_group=log),
        )
        self._ground.image.grant_pull(definition.obtain_execution_role())
        acknowledge(
            definition,
            "AwsSolutions-IAM5[Resource::*]",
            "ecr:GetAuthorizationToken and Cloud Map's questions (limited to one"
            " service by conditions) know no resources.",
        )
        acknowledge(
            definition, "AwsSolutions-ECS2", "Which of AWS's names to ask: no secret."
        )
        return definition

    def _make_outputs(self) -> None:
        network = self._ground.network
        subnets = network.vpc.select_subnets(
            subnet_group_name=network.tasks.subnet_group_name
        )
        for name, value in {
            "Image": self._ground.image.uri,
            "Cluster": self._ground.cluster.cluster_name,
            "TaskDefinition": self._definition.task_definition_arn,
            "SecurityGroup": self._group.security_group_id,
            "Subnets": ",".join(subnets.subnet_ids),
            "PublicIp": "ENABLED" if network.public_addresses else "DISABLED",
            "Log": self._log_name,
        }.items():
            made = CfnOutput(self, name, value=value)
            made.override_logical_id(f"Smoke{name}")
