"""How an alarm is made: the same way, each of them."""

from dataclasses import dataclass
from typing import cast

from aws_cdk import CfnResource
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.cdk.parts.image import Image
from infra.cdk.values import Environment

GUIDE = "docs/alarms.md"
ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alarm rings, and what it says then."""

    name: str
    """Such as game-server-failed."""
    section: str
    """Of the guide, as its anchor: what to do."""
    means: str
    """One sentence."""
    metric: cloudwatch.IMetric
    limit: float
    minutes: int
    """Periods of the metric in a row, each of them beyond the limit."""
    beyond: cloudwatch.ComparisonOperator = ABOVE
    silence: bool = False
    """Whether no data at all is as bad: only where a healthy fleet always has some."""


class Bell(Construct):
    """All alarms of an environment, each told to one topic when it begins and ends."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        environment: Environment,
        image: Image,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, name)
        self.alarms: list[cloudwatch.Alarm] = []
        self._prefix = environment.prefix
        self._image = image
        self._action = actions.SnsAction(topic)

    def name_of(self, rule: Rule) -> str:
        """Return the name of the alarm of *rule*, as a text without references."""
        return f"{self._prefix}-{rule.name}"

    def ring(self, rule: Rule) -> cloudwatch.Alarm:
        """Make the alarm of *rule*."""
        missing = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            rule.name,
            # Named by us: a service refers to alarms that refer to what it is behind.
            alarm_name=self.name_of(rule),
            alarm_description=f"{rule.means} What to do: {GUIDE}#{rule.section}",
            metric=rule.metric,
            threshold=rule.limit,
            comparison_operator=rule.beyond,
            evaluation_periods=rule.minutes,
            treat_missing_data=missing.BREACHING
            if rule.silence
            else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        if rule.silence:
            # Before the first image there is silence, and nothing wrong.
            made = cast("CfnResource", alarm.node.default_child)
            talks = self._image.if_exists(value=True, otherwise=False)
            made.add_property_override("ActionsEnabled", talks)
        self.alarms.append(alarm)
        return alarm
