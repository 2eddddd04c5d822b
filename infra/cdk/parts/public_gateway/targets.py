"""The tasks behind the door."""

from aws_cdk import Duration
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.values import ServiceSize

CHECK_EVERY_S = 5
"""The shortest that a balancer takes."""
CHECK_TIMEOUT_S = 3
CHECKS = 2
"""In a row, either way: a bad task is left after 8 to 13 s, a new one called after 5 to
10."""


def gateway_targets(
    scope: Construct, scheme: str, ground: Ground, gateway: GrpcService
) -> elb.ApplicationTargetGroup:
    """Return the gateway's tasks that say they are ready."""
    return elb.ApplicationTargetGroup(
        scope,
        f"{scheme}Gateway",
        vpc=ground.network.vpc,
        port=gateway.port,
        protocol=elb.ApplicationProtocol.HTTP,
        targets=[gateway.service],
        load_balancing_algorithm_type=_LEAST,
        deregistration_delay=leaving(ground.environment.gateway),
        health_check=_check("/readyz", http="200"),
    )


def game_server_targets(
    scope: Construct, scheme: str, ground: Ground, game_server: GrpcService
) -> elb.ApplicationTargetGroup:
    """Return the game servers, called by HTTP/2.

    Their health is that of `grpc.health.v1`. The balancer's default, a method that
    nobody has and the code 12 for "has it not", a draining task would pass too.
    """
    return elb.ApplicationTargetGroup(
        scope,
        f"{scheme}GameServer",
        vpc=ground.network.vpc,
        port=game_server.port,
        protocol=elb.ApplicationProtocol.HTTP,
        protocol_version=elb.ApplicationProtocolVersion.GRPC,
        targets=[game_server.service],
        load_balancing_algorithm_type=_LEAST,
        deregistration_delay=leaving(ground.environment.game_server),
        health_check=_check("/grpc.health.v1.Health/Check", grpc="0"),
    )


def leaving(size: ServiceSize) -> Duration:
    """Return how long the balancer leaves connections of a leaving task alone.

    As long as the task itself does: its linger and its grace. Where a task is stopped
    by hand, by Spot or for its health, SIGTERM comes in the moment in which it is taken
    out (https://github.com/aws/containers-roadmap/issues/708): the balancer sends it
    nothing new, the linger answers what was on its way, and the grace what is in
    flight; a shorter delay would cut those off. Where ECS waits for the balancer before
    SIGTERM, as it may in a deploy, the same time is over before the drain begins:
    nothing is lost, the deploy takes longer, and a stream that outlasts it comes back
    with its token. Less than the stop timeout either way: SIGKILL never ends what the
    balancer keeps.
    """
    return Duration.seconds(size.linger_s + size.grace_s)


_LEAST = elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS
"""In turn would give a slow task as much as the others, and streams pile up on it."""


def _check(
    path: str, *, http: str | None = None, grpc: str | None = None
) -> elb.HealthCheck:
    return elb.HealthCheck(
        path=path,
        healthy_http_codes=http,
        healthy_grpc_codes=grpc,
        interval=Duration.seconds(CHECK_EVERY_S),
        timeout=Duration.seconds(CHECK_TIMEOUT_S),
        healthy_threshold_count=CHECKS,
        unhealthy_threshold_count=CHECKS,
    )
