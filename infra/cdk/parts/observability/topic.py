"""Who is told."""

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.cdk.values import Environment


class Topic(Construct):
    """The topic of an environment's alarms, which only these alarms may publish to.

    Not encrypted by a key of ours: an alarm tells names and numbers, which then go out
    by mail. A key costs 1 $ a month, and a mistake in its policy makes every alarm
    silent (with SNS's own key, `alias/aws/sns`, they always are: its policy does not
    know CloudWatch).
    """

    def __init__(self, scope: Construct, name: str, environment: Environment) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name=f"Alarms of {environment.prefix}",
            enforce_ssl=True,
        )
        # enforce_ssl makes a policy, which takes the place of the one that a topic is
        # born with: without these words the alarms would be refused.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": _alarms(self, environment)},
                },
            )
        )
        if environment.alarms.email:
            self.topic.add_subscription(
                subscriptions.EmailSubscription(environment.alarms.email)
            )


def _alarms(scope: Construct, environment: Environment) -> str:
    return Stack.of(scope).format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name=f"{environment.prefix}-*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
