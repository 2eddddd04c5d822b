"""What is heard at the door, and where it goes."""

import ipaddress
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.cdk.values.parts import Door

INSIDE = ["/metrics", "/-/*"]
"""Of the gateway: figures, and the console's data, which name tasks and addresses."""
GRPC_PATHS = ["/rpc.Rpc/*", "/grpc.health.v1.Health/*"]
"""What a game server says to strangers; its reflection is not among it."""
GRPC_TYPES = ["application/grpc", "application/grpc+*"]
"""Connect and gRPC-Web (`application/grpc-web`) have the same paths, and are the
gateway's."""


class Listeners(Construct):
    """HTTPS where there is a certificate, and the way there; else plain HTTP."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        balancer: elb.ApplicationLoadBalancer,
        door: Door,
        targets: elb.ApplicationTargetGroup,
    ) -> None:
        super().__init__(scope, name)
        self.scheme = "https" if door.certificate_arn else "http"
        onwards = elb.ListenerAction.forward([targets])
        if door.certificate_arn:
            self._redirect(balancer)
            self.main = self._secure(balancer, door.certificate_arn, onwards)
        else:
            self.main = self._listen(balancer, "Http", 80, default_action=onwards)
        if door.public:
            self._close(INSIDE)

    def add_grpc(self, targets: elb.ApplicationTargetGroup) -> None:
        """Send gRPC calls to *targets*; they come by HTTPS only."""
        self.main.add_action(
            "Grpc",
            priority=20,
            conditions=[
                elb.ListenerCondition.path_patterns(GRPC_PATHS),
                elb.ListenerCondition.http_header("content-type", GRPC_TYPES),
            ],
            action=elb.ListenerAction.forward([targets]),
        )

    def _redirect(self, balancer: elb.ApplicationLoadBalancer) -> None:
        action = elb.ListenerAction.redirect(
            protocol="HTTPS", port="443", permanent=True
        )
        self._listen(balancer, "Http", 80, default_action=action)

    def _secure(
        self,
        balancer: elb.ApplicationLoadBalancer,
        certificate: str,
        onwards: elb.ListenerAction,
    ) -> elb.ApplicationListener:
        return self._listen(
            balancer,
            "Https",
            443,
            certificates=[elb.ListenerCertificate.from_arn(certificate)],
            # TLS 1.3, or 1.2 with forward secrecy and AEAD only; post-quantum key
            # exchange where the caller has it.
            ssl_policy=elb.SslPolicy.TLS13_12_RES_PQ,
            default_action=onwards,
        )

    def _listen(
        self,
        balancer: elb.ApplicationLoadBalancer,
        name: str,
        port: int,
        **how: Any,  # noqa: ANN401 - the CDK's
    ) -> elb.ApplicationListener:
        # open: would let in everybody, whatever allow_from says.
        return elb.ApplicationListener(
            self, name, load_balancer=balancer, port=port, open=False, **how
        )

    def _close(self, paths: list[str]) -> None:
        """Answer as if *paths* were not there: they are for who is inside."""
        self.main.add_action(
            "Inside",
            priority=10,
            conditions=[elb.ListenerCondition.path_patterns(paths)],
            action=elb.ListenerAction.fixed_response(404),
        )


def peer(network: str) -> ec2.IPeer:
    """Return *network*, of IPv4 or IPv6, as security groups take it."""
    of_six = ipaddress.ip_network(network).version == 6  # noqa: PLR2004 - as in IPv6
    return ec2.Peer.ipv6(network) if of_six else ec2.Peer.ipv4(network)
