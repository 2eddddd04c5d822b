"""The fleet itself."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.image import Image
from infra.cdk.parts.lookup import allow_lookup, found_by
from infra.cdk.parts.observability import Observability
from infra.cdk.parts.public_gateway import PublicGateway
from infra.cdk.parts.smoke import Smoke
from infra.cdk.parts.store import Store
from infra.cdk.parts.task import Recipe
from infra.cdk.stacks.network import NetworkStack
from infra.cdk.values import Environment

_PROBE = ["python", "-m", "fleet.probe"]


class ServicesStack(Stack):
    """The game server, the gateway before it, and the door before that."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        base: NetworkStack,
        store: Store,
        *,
        repository: ecr.IRepository,
    ) -> None:
        super().__init__(
            scope,
            f"{environment.prefix}-services",
            env=environment.place,
            termination_protection=environment.keep_data,
        )
        network = base.network
        cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=environment.prefix,
            vpc=network.vpc,
        )
        _allow_spot(cluster)
        acknowledge(
            cluster,
            "AwsSolutions-ECS4",
            "Container Insights is paid by the metric; tasks log what is needed once a"
            " minute, and CPU and memory are in AWS/ECS without it.",
        )
        image = Image(
            self,
            "Image",
            repository=repository,
            published=f"/fleet/{environment.name}/image",
        )
        ground = Ground(
            environment=environment,
            cluster=cluster,
            network=network,
            namespace=base.namespace,
            image=image,
        )
        game_server = GrpcService(
            self,
            "game-server",
            ground,
            Recipe(
                size=environment.game_server,
                command=["python", "-m", "services.champion"],
                port=5000,
                probe=[*_PROBE, "127.0.0.1:5000"],
                settings={"CHAMPION_STORE": store.address, **store.settings},
                secrets={"CHAMPION_STORE_PASSWORD": store.password},
            ),
        )
        by_api = environment.lookup == "cloudmap"
        gateway = GrpcService(
            self,
            "gateway",
            ground,
            Recipe(
                size=environment.gateway,
                command=["python", "-m", "services.gateway"],
                port=8080,
                probe=[*_PROBE, "http://127.0.0.1:8080/healthz"],
                settings={
                    "FLEET_LISTEN": "0.0.0.0:8080",
                    "GATEWAY_TARGETS": found_by(environment, game_server),
                    # Only Cloud Map's API tells in which zone a task is.
                    **({"GATEWAY_ZONE": "ecs"} if by_api else {}),
                    "GATEWAY_STORE": store.address,
                    # Only the balancer can connect, and it is in the network.
                    "GATEWAY_TRUSTED_PROXIES": base.network.addresses,
                },
                secrets={"GATEWAY_STORE_PASSWORD": store.password},
                scaled_by_calls=False,
            ),
        )
        allow_lookup(environment, gateway, game_server)
        game_server.allow_from(gateway)
        for service in (game_server, gateway):
            store.allow_from(service)
        door = PublicGateway(
            self,
            "Door",
            ground,
            gateway=gateway,
            game_server=game_server,
        )
        Observability(
            self,
            "Watch",
            ground,
            services=[game_server, gateway],
            door=door,
        )
        Smoke(
            self,
            "Smoke",
            ground,
            game_server=game_server,
            account=repository.env.account,
        )


def _allow_spot(cluster: ecs.Cluster) -> None:
    """Name the capacity providers in the cluster itself.

    The CDK's `enable_fargate_capacity_providers` makes a resource beside it, which
    services do not wait for, and which cannot be removed while they are there.
    """
    made = cast("ecs.CfnCluster", cluster.node.default_child)
    made.capacity_providers = ["FARGATE", "FARGATE_SPOT"]
