"""The way in from outside."""

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService


class PublicGateway(Construct):
    """A load balancer before the gateway."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        gateway: GrpcService,
        game_server: GrpcService,
    ) -> None:
        super().__init__(scope, name)
        environment, network = ground.environment, ground.network
        self.balancer = elb.ApplicationLoadBalancer(
            self, "Balancer", vpc=network.vpc, internet_facing=True
        )
        listener = self.balancer.add_listener("Http", port=80, open=False)
        for cidr in environment.door.allow_from:
            listener.connections.allow_default_port_from(ec2.Peer.ipv4(cidr))
        self.targets = listener.add_targets(
            "Gateway",
            port=gateway.port,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[gateway.service],
            deregistration_delay=Duration.seconds(environment.gateway.linger_s),
            health_check=elb.HealthCheck(path="/readyz", interval=Duration.seconds(5)),
        )
        del game_server  # reached by gRPC callers, see below
