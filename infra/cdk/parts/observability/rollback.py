"""Alarms that take a deploy back."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnResource
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs

from infra.cdk.parts.grpc_service import GrpcService


def roll_back_on(
    service: GrpcService, alarms: Sequence[tuple[cloudwatch.Alarm, str]]
) -> list[str]:
    """Have ECS go back to the last good deploy when one of *alarms* rings during one.

    The service names them as texts, and they name nothing of the service, so there is
    no circle; but they must be there first, which is said by hand.

    Returns:
        The names.
    """
    names = [name for _, name in alarms]
    service.service.enable_deployment_alarms(
        names, behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM
    )
    made = cast("CfnResource", service.service.node.default_child)
    for alarm, _ in alarms:
        made.add_resource_dependency(cast("CfnResource", alarm.node.default_child))
    return names
