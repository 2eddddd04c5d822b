"""A graph, as all of them are."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

_THIRD = 8
_HEIGHT = 6


def graph(
    title: str,
    lines: Sequence[cloudwatch.IMetric],
    *,
    unit: str = "",
    limit: float | None = None,
    most: float | None = None,
) -> cloudwatch.GraphWidget:
    """Return a graph, a third of a row wide.

    Args:
        title: With the unit, unless *unit* says it.
        lines: What it shows.
        unit: Of the axis.
        limit: From where on an alarm rings; drawn across.
        most: Of the axis; None: as needed.
    """
    axis = cloudwatch.YAxisProps(min=0, max=most, label=unit, show_units=False)
    alarm = (
        [cloudwatch.HorizontalAnnotation(value=limit, label="alarm", color=_RED)]
        if limit is not None
        else []
    )
    return cloudwatch.GraphWidget(
        title=title,
        left=[*lines],
        left_y_axis=axis,
        left_annotations=alarm,
        legend_position=cloudwatch.LegendPosition.BOTTOM,
        width=_THIRD,
        height=_HEIGHT,
    )


def named(metric: cloudwatch.Metric, label: str) -> cloudwatch.Metric:
    """Return *metric* with another name in the legend."""
    return metric.with_(label=label)


_RED = cloudwatch.Color.RED
