"""The Valkey that keeps the rankings."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.network import Network
from infra.cdk.values import Environment

USER = "fleet"
PORT = 6379


class Store(Construct):
    """A Valkey with TLS and one user, whose password is a secret."""

    def __init__(
        self, scope: Construct, name: str, *, environment: Environment, network: Network
    ) -> None:
        super().__init__(scope, name)
        self._secret = secretsmanager.Secret(
            self,
            "Password",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True, password_length=40
            ),
        )
        group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, allow_all_outbound=False
        )
        self._group = group
        user = elasticache.CfnUser(
            self,
            "User",
            engine="valkey",
            user_id=f"{environment.prefix}-{USER}",
            user_name=USER,
            access_string="on ~* &* +@all",
            authentication_mode={
                "Type": "password",
                "Passwords": [self._secret.secret_value.unsafe_unwrap()],
            },
        )
        users = elasticache.CfnUserGroup(
            self,
            "Users",
            engine="valkey",
            user_group_id=environment.prefix,
            user_ids=[user.user_id],
        )
        users.add_dependency(user)
        cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            engine="valkey",
            serverless_cache_name=environment.prefix,
            user_group_id=users.user_group_id,
            security_group_ids=[group.security_group_id],
            subnet_ids=network.vpc.select_subnets(
                subnet_type=network.tasks.subnet_type
            ).subnet_ids[:3],
        )
        cache.add_dependency(users)
        if environment.keep_data:
            cache.apply_removal_policy(RemovalPolicy.RETAIN)
        self.address = f"rediss+cluster://{USER}@{cache.attr_endpoint_address}:{cache.attr_endpoint_port}"

    @property
    def password(self) -> ecs.Secret:
        """Of the user, for a task's environment."""
        return ecs.Secret.from_secrets_manager(self._secret)

    def allow_from(self, caller: GrpcService) -> None:
        """Let the tasks of *caller* connect; the rule belongs to their stack."""
        caller.service.connections.allow_to(
            self._group, ec2.Port.tcp(PORT), f"store, from {caller.name}"
        )
