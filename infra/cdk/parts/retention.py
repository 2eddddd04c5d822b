"""How long logs are kept."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from infra.cdk.values import Environment

_DAYS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def retention(days: int) -> logs.RetentionDays:
    """Return the CDK's word for *days*, one of `LOG_DAYS`."""
    return _DAYS[days]


def at_the_end(environment: Environment) -> RemovalPolicy:
    """Return what becomes of a log of *environment* when its stack is destroyed.

    One that could not even be made is removed in any case: its name would be taken.
    """
    if environment.keep_data:
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return RemovalPolicy.DESTROY
