"""One page that says how the fleet is."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.observability import store_widgets, widgets
from infra.cdk.parts.observability.bell import GUIDE
from infra.cdk.parts.observability.figures import ServiceFigures
from infra.cdk.parts.public_gateway import PublicGateway

_ALL = 24
"""Columns of a dashboard."""


class Dashboard(Construct):
    """From top to bottom: what callers feel, the tasks, a deploy, the store, the bill.

    Three graphs a row can be read on a laptop. A line across a graph is where an alarm
    rings.
    """

    def __init__(  # noqa: PLR0913 - all that is shown
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        services: Sequence[GrpcService],
        door: PublicGateway,
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment
        of = [ServiceFigures(ground, service.name) for service in services]
        groups = [service.log_group.log_group_name for service in services]
        cloudwatch.Dashboard(
            self,
            "Page",
            dashboard_name=environment.prefix,
            default_interval=Duration.hours(3),
            widgets=[
                [_about(ground, door)],
                [_states(alarms)],
                [
                    widgets.traffic(door),
                    widgets.errors(of, door),
                    widgets.latency(of, door),
                ],
                [widgets.tasks(of), widgets.cpu(of), widgets.memory(of)],
                [widgets.hosts(door), widgets.lives(groups)],
                store_widgets.row(environment),
                [widgets.bill(of, door, groups, environment)],
            ],
        )


def _about(ground: Ground, door: PublicGateway) -> cloudwatch.TextWidget:
    environment = ground.environment
    console = f"https://{environment.region}.console.aws.amazon.com"
    cluster = f"{console}/ecs/v2/clusters/{environment.prefix}/services"
    logs = f"{console}/cloudwatch/home?region={environment.region}#logsV2:log-groups"
    alarms = f"{console}/cloudwatch/home?region={environment.region}#alarmsV2:"
    return cloudwatch.TextWidget(
        markdown=f"**{environment.prefix}** at {door.url} · [services]({cluster}) ·"
        f" [logs]({logs}) · [alarms]({alarms}) · what to do: `{GUIDE}` in the"
        " repository, a section for each alarm",
        width=_ALL,
        height=1,
        background=cloudwatch.TextWidgetBackground.TRANSPARENT,
    )


def _states(alarms: Sequence[cloudwatch.Alarm]) -> cloudwatch.AlarmStatusWidget:
    return cloudwatch.AlarmStatusWidget(
        alarms=[*alarms],
        title="Alarms",
        width=_ALL,
        height=4,
        sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
    )
