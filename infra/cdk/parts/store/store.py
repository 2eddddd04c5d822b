"""The store of one environment, and the way to it."""

from collections.abc import Mapping

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.network import Network
from infra.cdk.parts.store.login import USER, Login
from infra.cdk.parts.store.nodes import Nodes
from infra.cdk.parts.store.place import PORT, Place
from infra.cdk.parts.store.serverless import Serverless
from infra.cdk.values import Environment


class Store(Construct):
    """A Valkey with TLS and one user, whose password is a secret.

    At rest it is encrypted with a key of AWS: our own (1 $ a month, and a price for
    each use) would add somebody who may lock us out, and keep nobody out, as whoever
    may read a snapshot may use the key.
    """

    def __init__(
        self, scope: Construct, name: str, *, environment: Environment, network: Network
    ) -> None:
        super().__init__(scope, name)
        self._login = Login(self, "Login", prefix=environment.prefix)
        self._callers = ec2.SecurityGroup(
            self,
            "Callers",
            vpc=network.vpc,
            description="The store, from services that are named",
            allow_all_outbound=False,
        )
        place = Place(
            name=environment.prefix,
            subnets=network.vpc.select_subnets(
                subnet_group_name=network.private.subnet_group_name
            ).subnet_ids,
            security_group=self._callers.security_group_id,
            user_group=self._login.group.ref,
            keep_data=environment.keep_data,
        )
        self._cache: Serverless | Nodes
        if environment.store.kind == "nodes":
            size = environment.store
            self._cache = Nodes(self, "Nodes", place=place, size=size)
        else:
            self._cache = Serverless(self, "Serverless", place=place)

    @property
    def address(self) -> str:
        """For `CHAMPION_STORE`; without the password."""
        return f"rediss+cluster://{USER}@{self._cache.host}:{PORT}"

    @property
    def password(self) -> ecs.Secret:
        """Of the user, for a task's environment; read when the task starts."""
        return ecs.Secret.from_secrets_manager(self._login.secret)

    @property
    def settings(self) -> Mapping[str, str]:
        """For the game server: how safe this store is, and what to wait for."""
        return self._cache.settings

    def allow_from(self, caller: GrpcService) -> None:
        """Let the tasks of *caller* connect; the rule belongs to their stack.

        In the store's own it would point at a group of a stack that stands on it.
        """
        [group] = caller.service.connections.security_groups
        ec2.CfnSecurityGroupIngress(
            caller,
            "ToStore",
            description=f"store, from {caller.name}",
            group_id=self._callers.security_group_id,
            source_security_group_id=group.security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
        )
