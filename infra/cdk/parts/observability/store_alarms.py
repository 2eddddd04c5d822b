"""What the store suffers from."""

from collections.abc import Iterator

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.parts.observability import limits
from infra.cdk.parts.observability.bell import Rule
from infra.cdk.parts.observability.store_figures import cluster, worst
from infra.cdk.values import Environment


def rules(environment: Environment) -> Iterator[Rule]:
    """Yield what there is to tell of the kind of store that *environment* has."""
    if environment.store.kind == "serverless":
        yield from _serverless(environment)
    else:
        yield from _nodes(environment)


def _serverless(environment: Environment) -> Iterator[Rule]:
    yield Rule(
        name="store-throttled",
        section="store-throttled",
        means="The store refuses commands: more come than it has grown for.",
        metric=cluster(environment, "ThrottledCmds", "Sum"),
        limit=0,
        minutes=limits.STORE_MINUTES,
    )
    yield Rule(
        name="store-full",
        section="store-full",
        means=f"The store keeps more than {limits.STORE_BYTES / 1e9:g} GB.",
        metric=cluster(environment, "BytesUsedForCache", "Maximum"),
        limit=limits.STORE_BYTES,
        minutes=limits.STORE_MINUTES,
    )
    yield _evicted(cluster(environment, "Evictions", "Sum"))


def _nodes(environment: Environment) -> Iterator[Rule]:
    yield Rule(
        name="store-full",
        section="store-full",
        means=f"The store uses more than {limits.STORE_PERCENT:g} % of its memory; when"
        " it is full, scores are refused.",
        metric=worst(environment, "DatabaseMemoryUsagePercentage"),
        limit=limits.STORE_PERCENT,
        minutes=limits.STORE_MINUTES,
    )
    yield Rule(
        name="store-busy",
        section="store-busy",
        means=f"The core that runs the store's commands is busy for more than"
        f" {limits.STORE_CPU_PERCENT:g} % of its time.",
        metric=worst(environment, "EngineCPUUtilization"),
        limit=limits.STORE_CPU_PERCENT,
        minutes=limits.STORE_CPU_MINUTES,
    )
    yield _evicted(worst(environment, "Evictions"))
    if environment.store.replicas:
        yield Rule(
            name="store-behind",
            section="store-behind",
            means=f"A replica is more than {limits.STORE_BEHIND_S:g} s behind: a"
            " failover would lose as many seconds of scores.",
            metric=worst(environment, "ReplicationLag"),
            limit=limits.STORE_BEHIND_S,
            minutes=limits.STORE_MINUTES,
        )


def _evicted(metric: cloudwatch.IMetric) -> Rule:
    return Rule(
        name="store-evicted",
        section="store-evicted",
        means="The store has thrown keys away to make room: scores are lost.",
        metric=metric,
        limit=0,
        minutes=1,
    )
