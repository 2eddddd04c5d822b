"""Log lines that say ERROR, as a metric."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.observability.figures import ServiceFigures


class ErrorLines(Construct):
    """Counts the lines of a service at level ERROR or CRITICAL.

    The metric has the service in its name: a filter can take dimensions from the line
    only, and the line does not say which service it is of.
    """

    def __init__(
        self, scope: Construct, name: str, service: GrpcService, figures: ServiceFigures
    ) -> None:
        super().__init__(scope, name)
        metric = figures.errors()
        logs.MetricFilter(
            self,
            "Filter",
            log_group=service.log_group,
            filter_pattern=logs.FilterPattern.any(
                *(
                    logs.FilterPattern.string_value("$.level", "=", level)
                    for level in ("ERROR", "CRITICAL")
                )
            ),
            metric_namespace=metric.namespace,
            metric_name=metric.metric_name,
            metric_value="1",
            default_value=0,
        )
