"""What a service itself says of its calls and its tasks."""

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.parts.observability import limits
from infra.cdk.parts.observability.bell import BELOW, Rule
from infra.cdk.parts.observability.figures import ServiceFigures


def failing(of: ServiceFigures) -> Rule:
    """Tell of calls that fail by our fault.

    The gateway needs none: what it fails is what the door counts as 5xx.
    """
    return Rule(
        name=f"{of.service}-failed",
        section="calls-failed",
        means=f"More than {limits.FAILED_PERCENT:g} % of calls of {of.service} fail by"
        " its own fault.",
        metric=of.share("Failed"),
        limit=limits.FAILED_PERCENT,
        minutes=limits.MINUTES,
    )


def slow(of: ServiceFigures) -> Rule:
    """Tell of unary calls that take long."""
    return Rule(
        name=f"{of.service}-slow",
        section="calls-slow",
        means=f"One call of {of.service} in a hundred takes more than"
        f" {limits.CALL_SLOW_MS:g} ms.",
        metric=of.logged("Latency", "p99"),
        limit=limits.CALL_SLOW_MS,
        minutes=limits.MINUTES,
    )


def rejecting(of: ServiceFigures) -> Rule:
    """Tell of calls refused because too many run.

    Not of the gateway: what it refuses are callers that break their own limit.
    """
    return Rule(
        name=f"{of.service}-rejected",
        section="calls-rejected",
        means=f"More than {limits.REJECTED_PERCENT:g} % of calls of {of.service} are"
        " refused: too many at once.",
        metric=of.share("Rejected"),
        limit=limits.REJECTED_PERCENT,
        minutes=limits.MINUTES,
    )


def few(of: ServiceFigures, least: int) -> Rule:
    """Tell of missing tasks; of none at all there is no sample, which counts as few."""
    return Rule(
        name=f"{of.service}-few-tasks",
        section="few-tasks",
        means=f"Fewer than {least} tasks of {of.service} are alive.",
        metric=of.tasks(),
        limit=least,
        beyond=BELOW,
        minutes=limits.TASKS_MINUTES,
        silence=True,
    )


def busy(of: ServiceFigures) -> Rule:
    """Tell of CPU that scaling could not bring down."""
    return Rule(
        name=f"{of.service}-cpu",
        section="cpu",
        means=f"CPU of {of.service} is above {limits.CPU_PERCENT:g} % for"
        f" {limits.CPU_MINUTES} minutes, although it scales.",
        metric=of.ecs("CPUUtilization", "Average"),
        limit=limits.CPU_PERCENT,
        minutes=limits.CPU_MINUTES,
    )


def leaking(of: ServiceFigures) -> Rule:
    """Tell of memory of the worst task, before the kernel ends it."""
    return Rule(
        name=f"{of.service}-memory",
        section="memory",
        means=f"A task of {of.service} has used more than {limits.MEMORY_PERCENT:g} %"
        f" of its memory for {limits.MEMORY_MINUTES} minutes.",
        metric=of.ecs("MemoryUtilization", cloudwatch.Stats.MAXIMUM),
        limit=limits.MEMORY_PERCENT,
        minutes=limits.MEMORY_MINUTES,
    )


def complaining(of: ServiceFigures) -> Rule:
    """Tell of lines at level ERROR."""
    return Rule(
        name=f"{of.service}-errors",
        section="errors",
        means=f"{of.service} has logged more than {limits.ERROR_LINES} errors in"
        f" {limits.ERROR_MINUTES} minutes.",
        metric=of.errors(),
        limit=limits.ERROR_LINES,
        minutes=1,
    )
