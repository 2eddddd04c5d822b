"""What the dashboard shows of the door and the services."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.parts.observability import limits
from infra.cdk.parts.observability.figures import MINUTE, ServiceFigures, door, share
from infra.cdk.parts.observability.graph import graph, named
from infra.cdk.parts.observability.store_figures import cluster
from infra.cdk.parts.public_gateway import PublicGateway
from infra.cdk.values import Environment

_DAY = Duration.days(1)
_LIVES = r"message like /serving|draining|closing|closed/"


def traffic(at: PublicGateway) -> cloudwatch.IWidget:
    """Return requests at the door, by outcome."""
    kinds = ("2XX", "3XX", "4XX", "5XX")
    names = [f"HTTPCode_Target_{kind}_Count" for kind in kinds]
    lines = [
        named(door(at.balancer, name), kind)
        for name, kind in zip(names, kinds, strict=True)
    ]
    by_door = door(at.balancer, "HTTPCode_ELB_5XX_Count")
    lines.append(named(by_door, "5XX by the balancer: reached no task"))
    return graph("Requests at the door, by answer", lines, unit="a minute")


def errors(of: Sequence[ServiceFigures], at: PublicGateway) -> cloudwatch.IWidget:
    """Return what fails, each as a share."""
    requests = door(at.balancer, "RequestCount")
    by_tasks = door(at.balancer, "HTTPCode_Target_5XX_Count")
    lines = [
        share(by_tasks, requests, "door: 5xx by tasks"),
        *(each.share(name) for each in of for name in ("Failed", "Rejected")),
    ]
    return graph("What fails", lines, unit="%", limit=limits.FAILED_PERCENT)


def latency(of: Sequence[ServiceFigures], at: PublicGateway) -> cloudwatch.IWidget:
    """Return how long callers wait; the gateway's own times are those of the door."""
    response = at.targets.metrics.target_response_time
    at_door = [
        cloudwatch.MathExpression(
            expression=f"1000 * {part}",
            using_metrics={part: response(statistic=part, period=MINUTE)},
            label=f"door {part}",
            period=MINUTE,
        )
        for part in ("p50", "p99")
    ]
    logged = [
        named(each.logged("Latency", part), f"{each.service} {part}")
        for each in of[:1]
        for part in ("p50", "p99")
    ]
    return graph(
        "Until an answer", [*at_door, *logged], unit="ms", limit=limits.CALL_SLOW_MS
    )


def tasks(of: Sequence[ServiceFigures]) -> cloudwatch.IWidget:
    """Return how many tasks live."""
    return graph("Tasks alive", [each.tasks() for each in of])


def cpu(of: Sequence[ServiceFigures]) -> cloudwatch.IWidget:
    """Return CPU, on average over the tasks."""
    lines = [each.ecs("CPUUtilization", "Average") for each in of]
    return graph("CPU", lines, unit="%", limit=limits.CPU_PERCENT, most=100)


def memory(of: Sequence[ServiceFigures]) -> cloudwatch.IWidget:
    """Return memory, of the worst task."""
    lines = [each.ecs("MemoryUtilization", "Maximum") for each in of]
    title = "Memory of the worst task"
    return graph(title, lines, unit="%", limit=limits.MEMORY_PERCENT, most=100)


def hosts(at: PublicGateway) -> cloudwatch.IWidget:
    """Return what the balancer thinks of its targets: a deploy is a wave here."""
    behind = at.targets.metrics
    lines = [
        behind.healthy_host_count(period=MINUTE, label="healthy"),
        behind.unhealthy_host_count(
            statistic="Maximum", period=MINUTE, label="unhealthy"
        ),
    ]
    return graph("A deploy: gateways behind the door", lines)


def lives(groups: Sequence[str]) -> cloudwatch.IWidget:
    """Return the lines that tasks write as they come and go."""
    return cloudwatch.LogQueryWidget(
        title="A deploy: tasks that come and go",
        log_group_names=[*groups],
        query_lines=[
            "fields @timestamp, @logStream, message",
            f"filter {_LIVES}",
            "sort @timestamp desc",
            "limit 50",
        ],
        width=16,
        height=6,
    )


def bill(
    of: Sequence[ServiceFigures],
    at: PublicGateway,
    groups: Sequence[str],
    environment: Environment,
) -> cloudwatch.IWidget:
    """Return what of the bill moves with the load, of a day."""
    lines: list[cloudwatch.IMetric] = [
        named(door(at.balancer, "ConsumedLCUs", "Average"), "LCU").with_(period=_DAY),
        named(door(at.balancer, "ProcessedBytes"), "bytes at the door").with_(
            period=_DAY
        ),
        *(
            # A sample a minute: as many task minutes.
            each.tasks().with_(label=f"task minutes, {each.service}", period=_DAY)
            for each in of
        ),
        *(_logged(group) for group in groups),
    ]
    if environment.store.kind == "serverless":
        used = cluster(environment, "ElastiCacheProcessingUnits", "Sum")
        lines.append(named(used, "ECPU of the store").with_(period=_DAY))
    return cloudwatch.SingleValueWidget(
        title="What the bill depends on, of the last day",
        metrics=lines,
        width=24,
        height=3,
    )


def _logged(group: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Logs",
        metric_name="IncomingBytes",
        dimensions_map={"LogGroupName": group},
        statistic="Sum",
        period=_DAY,
        label="bytes of log",
    )
