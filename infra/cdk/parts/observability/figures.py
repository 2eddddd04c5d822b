"""The metrics that alarms and dashboard read."""

import re
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_elasticloadbalancingv2 as elb

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.observability import limits

MINUTE = Duration.minutes(1)


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Of one service: what its tasks log each minute, and what ECS measures.

    The names are constants, not references: so an alarm can be made before the service
    whose deploys it takes back.
    """

    ground: Ground
    service: str

    def logged(self, name: str, statistic: str) -> cloudwatch.Metric:
        """Return a metric of the line that each task logs once a minute."""
        return cloudwatch.Metric(
            namespace=self.ground.environment.metrics,
            metric_name=name,
            dimensions_map={"Service": self.service},
            statistic=statistic,
            period=MINUTE,
            label=self.service,
        )

    def tasks(self) -> cloudwatch.Metric:
        """Return the number of tasks that live: each has one sample of Calls a minute.

        Not the sample count of ECS's CPUUtilization: it is taken several times a minute
        and how often is nowhere promised, and a task whose loop hangs has CPU too.
        """
        return self.logged("Calls", "SampleCount")

    def share(self, name: str) -> cloudwatch.MathExpression:
        """Return how much of the calls *name* is, in percent."""
        label = f"{self.service}: {name.lower()}"
        return share(self.logged(name, "Sum"), self.logged("Calls", "Sum"), label)

    def ecs(self, name: str, statistic: str) -> cloudwatch.Metric:
        """Return CPUUtilization or MemoryUtilization, in percent."""
        return cloudwatch.Metric(
            namespace="AWS/ECS",
            metric_name=name,
            dimensions_map={
                "ClusterName": self.ground.environment.prefix,
                "ServiceName": self.service,
            },
            statistic=statistic,
            period=MINUTE,
            label=self.service,
        )

    def errors(self) -> cloudwatch.Metric:
        """Return the lines at level ERROR: see `ErrorLines`."""
        return cloudwatch.Metric(
            namespace=self.ground.environment.metrics,
            metric_name=f"ErrorLines-{self.service}",
            statistic="Sum",
            period=Duration.minutes(limits.ERROR_MINUTES),
            label=self.service,
        )


def door(
    balancer: elb.ApplicationLoadBalancer, name: str, statistic: str = "Sum"
) -> cloudwatch.Metric:
    """Return a metric of the whole balancer."""
    return balancer.metrics.custom(name, statistic=statistic, period=MINUTE, label=name)


def share(
    part: cloudwatch.IMetric, whole: cloudwatch.IMetric, label: str
) -> cloudwatch.MathExpression:
    """Return *part* of *whole*, in percent; of `FAILED_OF_LEAST` where that is more.

    A counter of the balancer has no value at all in a minute without an event.
    """
    least = limits.FAILED_OF_LEAST
    # One graph has several shares, and wants different words for different metrics.
    word = re.sub(r"\W", "_", label)
    one, of = f"part_{word}", f"all_{word}"
    return cloudwatch.MathExpression(
        expression=f"100 * FILL({one}, 0) / IF({of} < {least}, {least}, {of})",
        using_metrics={one: part, of: whole},
        label=f"{label}, %",
        period=MINUTE,
    )
