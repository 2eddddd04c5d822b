"""What callers from outside feel."""

from collections.abc import Iterator

from aws_cdk import aws_elasticloadbalancingv2 as elb

from infra.cdk.parts.observability import limits
from infra.cdk.parts.observability.bell import Rule
from infra.cdk.parts.observability.figures import MINUTE, door, share
from infra.cdk.parts.public_gateway import PublicGateway


def failing(at: PublicGateway) -> Rule:
    """Tell of answers 5xx that tasks gave."""
    return Rule(
        name="door-failed",
        section="door-failed",
        means=f"More than {limits.FAILED_PERCENT:g} % of requests are answered with 5xx"
        " by tasks.",
        metric=share(
            door(at.balancer, "HTTPCode_Target_5XX_Count"),
            door(at.balancer, "RequestCount"),
            "5xx by tasks",
        ),
        limit=limits.FAILED_PERCENT,
        minutes=limits.MINUTES,
    )


def slow(at: PublicGateway) -> Rule:
    """Tell of answers that take long."""
    return Rule(
        name="door-slow",
        section="door-slow",
        means=f"One request in a hundred waits more than {limits.DOOR_SLOW_S:g} s for"
        " its answer to begin.",
        metric=at.targets.metrics.target_response_time(statistic="p99", period=MINUTE),
        limit=limits.DOOR_SLOW_S,
        minutes=limits.MINUTES,
    )


def unreached(at: PublicGateway) -> Rule:
    """Tell of requests that no task took."""
    return Rule(
        name="door-unreached",
        section="door-unreached",
        means=f"More than {limits.UNREACHED} requests a minute reach no task: the"
        " balancer itself answers 502, 503 or 504.",
        metric=door(at.balancer, "HTTPCode_ELB_5XX_Count"),
        limit=limits.UNREACHED,
        minutes=limits.MINUTES,
    )


def unhealthy(at: PublicGateway) -> Iterator[Rule]:
    """Tell of tasks that stay unhealthy, of each kind behind the door."""
    behind = {"gateway": at.targets, "game-server": at.grpc_targets}
    for service, targets in behind.items():
        if targets:
            yield _unhealthy(service, targets)


def _unhealthy(service: str, targets: elb.ApplicationTargetGroup) -> Rule:
    return Rule(
        name=f"door-{service}-unhealthy",
        section="door-unhealthy",
        means=f"Tasks of {service} fail the balancer's health check for"
        f" {limits.UNHEALTHY_MINUTES} minutes.",
        metric=targets.metrics.unhealthy_host_count(statistic="Maximum", period=MINUTE),
        limit=0,
        minutes=limits.UNHEALTHY_MINUTES,
    )
