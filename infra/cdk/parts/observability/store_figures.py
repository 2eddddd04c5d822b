"""What ElastiCache measures of the store."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.values import Environment

_MINUTE = Duration.minutes(1)


def cluster(environment: Environment, name: str, statistic: str) -> cloudwatch.Metric:
    """Return a metric of the serverless store.

    Its only dimension is `clusterId`, as `aws cloudwatch list-metrics` shows it
    (https://github.com/open-constructs/aws-cdk-library/pull/68); the names that other
    tools take, ServerlessCacheName and CacheClusterId, have no data.
    """
    return cloudwatch.Metric(
        namespace="AWS/ElastiCache",
        metric_name=name,
        dimensions_map={"clusterId": environment.prefix},
        statistic=statistic,
        period=_MINUTE,
        label=name,
    )


def nodes(environment: Environment) -> Sequence[str]:
    """Return the ids of the nodes: of one shard, the primary and its replicas.

    Who is which may change; an alarm looks at all of them.
    """
    count = 1 + environment.store.replicas
    return [f"{environment.prefix}-0001-{place:03}" for place in range(1, count + 1)]


def of_nodes(
    environment: Environment, name: str, statistic: str = "Maximum"
) -> list[cloudwatch.Metric]:
    """Return a metric of each node."""
    return [
        cloudwatch.Metric(
            namespace="AWS/ElastiCache",
            metric_name=name,
            dimensions_map={"CacheClusterId": node},
            statistic=statistic,
            period=_MINUTE,
            label=node,
        )
        for node in nodes(environment)
    ]


def worst(environment: Environment, name: str) -> cloudwatch.IMetric:
    """Return the highest value that any node has."""
    each = of_nodes(environment, name)
    if len(each) == 1:
        return each[0]
    named = {f"node{place}": metric for place, metric in enumerate(each, 1)}
    return cloudwatch.MathExpression(
        expression=f"MAX([{', '.join(named)}])",
        using_metrics=named,
        label=name,
        period=_MINUTE,
    )
