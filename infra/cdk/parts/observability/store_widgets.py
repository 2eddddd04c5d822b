"""What the dashboard shows of the store."""

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.parts.observability import limits
from infra.cdk.parts.observability.graph import graph, named
from infra.cdk.parts.observability.store_figures import cluster, of_nodes
from infra.cdk.values import Environment


def row(environment: Environment) -> list[cloudwatch.IWidget]:
    """Return the three graphs of the kind of store that *environment* has."""
    if environment.store.kind == "serverless":
        return _serverless(environment)
    return _nodes(environment)


def _serverless(environment: Environment) -> list[cloudwatch.IWidget]:
    kept = cluster(environment, "BytesUsedForCache", "Maximum")
    work = cluster(environment, "ElastiCacheProcessingUnits", "Sum")
    refused = cluster(environment, "ThrottledCmds", "Sum")
    evicted = cluster(environment, "Evictions", "Sum")
    waits = [
        named(cluster(environment, f"Successful{kind}RequestLatency", "p99"), label)
        for kind, label in (("Read", "reads p99"), ("Write", "writes p99"))
    ]
    lost = [named(refused, "refused"), named(evicted, "evicted")]
    return [
        graph("Store: kept", [kept], unit="bytes", limit=limits.STORE_BYTES),
        graph("Store: ECPU, refused, evicted", [named(work, "ECPU"), *lost]),
        graph("Store: until an answer", waits, unit="microseconds"),
    ]


def _nodes(environment: Environment) -> list[cloudwatch.IWidget]:
    memory = of_nodes(environment, "DatabaseMemoryUsagePercentage")
    cpu = of_nodes(environment, "EngineCPUUtilization")
    lag = of_nodes(environment, "ReplicationLag")
    full, busy = limits.STORE_PERCENT, limits.STORE_CPU_PERCENT
    return [
        graph("Store: memory", memory, unit="%", limit=full, most=100),
        graph("Store: the engine's core", cpu, unit="%", limit=busy, most=100),
        graph("Store: replicas behind", lag, unit="s", limit=limits.STORE_BEHIND_S),
    ]
