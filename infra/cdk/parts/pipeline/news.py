"""Whom the pipeline tells."""

from collections.abc import Iterable

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class News(Construct):
    """A topic for approvals and failures, and its readers."""

    def __init__(self, scope: Construct, name: str, *, emails: Iterable[str]) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        for email in sorted(set(emails) - {""}):
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def tell_failures_of(self, pipeline: str) -> None:
        """Send a line, with a link, for each execution that failed.

        A stage that was rolled back is such an execution too. CodePipeline's events:
        docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-
        cloudwatch-events.html.
        """
        region = Stack.of(self).region
        field = events.EventField.from_path
        line = (
            f"{pipeline}: execution {field('$.detail.execution-id')} failed. "
            f"https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/"
            f"{pipeline}/executions/{field('$.detail.execution-id')}/timeline"
            f"?region={region}"
        )
        events.Rule(
            self,
            "Failed",
            description=f"an execution of the pipeline {pipeline} failed",
            event_pattern=events.EventPattern(
                source=["aws.codepipeline"],
                detail_type=["CodePipeline Pipeline Execution State Change"],
                detail={"pipeline": [pipeline], "state": ["FAILED"]},
            ),
            targets=[
                targets.SnsTopic(
                    self.topic, message=events.RuleTargetInput.from_text(line)
                )
            ],
        )
