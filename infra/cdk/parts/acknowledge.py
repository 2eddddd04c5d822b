"""Where a rule is not followed, and why."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """Take *construct*, and what is in it, out of *rule* of cdk-nag or of the CDK.

    Args:
        construct: As small as possible.
        rule: Such as `AwsSolutions-IAM5[Resource::*]`; `cdk synth` prints it.
        reason: Why the rule does not serve us here; for whoever reviews this.
    """
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
