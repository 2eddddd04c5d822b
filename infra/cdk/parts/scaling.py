"""How many tasks there are."""

from typing import cast

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.image import Image
from infra.cdk.parts.task import Recipe

CPU_PERCENT = 60
"""What is left carries the calls of a lost zone, of three."""
OUT = Duration.minutes(1)
IN = Duration.minutes(5)
"""Slowly: a task that left is missed at the next peak."""
_SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"


def scale(
    service: ecs.FargateService, name: str, ground: Ground, recipe: Recipe
) -> ecs.ScalableTaskCount:
    """Keep the tasks of *service* between the two bounds of *recipe*.

    By CPU, and by calls: each task logs its `Calls` once a minute, so their average
    is the calls of one task. The template has no desired count, or every deploy would
    put back what the load had decided; when the scalable target is registered,
    Application Auto Scaling takes the service to at least its minimum (API reference
    of RegisterScalableTarget). Without an image both are 0.
    """
    least, most = recipe.size.tasks
    target = service.auto_scale_task_count(min_capacity=least, max_capacity=most)
    target.scale_on_cpu_utilization(
        "Cpu",
        target_utilization_percent=CPU_PERCENT,
        scale_out_cooldown=OUT,
        scale_in_cooldown=IN,
    )
    if recipe.scaled_by_calls:
        target.scale_to_track_custom_metric(
            "Calls",
            metric=calls(ground, name),
            target_value=recipe.size.calls_per_second * 60,
            scale_out_cooldown=OUT,
            scale_in_cooldown=IN,
        )
    _wait_for_image(service, target, ground.image, least)
    return target


def calls(ground: Ground, service: str) -> cloudwatch.Metric:
    """Return the calls of one task in a minute, on average over the tasks."""
    return cloudwatch.Metric(
        namespace=ground.environment.metrics,
        metric_name="Calls",
        dimensions_map={"Service": service},
        statistic="Average",
        period=Duration.minutes(1),
    )


def _wait_for_image(
    service: ecs.FargateService, target: Construct, image: Image, least: int
) -> None:
    counted = cast("CfnResource", service.node.default_child)
    no_count = image.if_exists({"Ref": "AWS::NoValue"}, 0)
    counted.add_property_override("DesiredCount", no_count)
    made = cast("list[CfnResource]", target.node.find_all())
    bounded = next(
        each
        for each in made
        if CfnResource.is_cfn_resource(each) and each.cfn_resource_type == _SCALABLE
    )
    bounded.add_property_override("MinCapacity", image.if_exists(least, 0))
