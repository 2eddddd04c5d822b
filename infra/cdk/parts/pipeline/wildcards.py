"""Every `*` that a role of the pipeline has, and why."""

from collections.abc import Iterator

from aws_cdk import CfnElement, Stack, Token
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge

ACTIONS = ("GetObject*", "GetBucket*", "List*", "Abort*", "DeleteObject*")
RESOURCES = {
    "*": (
        "ecr:GetAuthorizationToken and inspector-scan:ScanSbom know no resource; what"
        " the token opens is in the statement that names the repository"
    ),
    "{bucket}/*": "the objects of the own bucket, of no other",
    "{logs}:log-group:/aws/codebuild/{project}:*": "the streams of the own log",
    "{logs}:log-group:/aws/codepipeline/{pipeline}:*": "the streams of the own log",
    "{codebuild}:report-group/{project}-*": "the reports that the buildspec names",
}
"""The resources with a `*`; what is in braces is one resource of this stack."""
ELSE = {
    "AwsSolutions-S1": (
        "who reads the bucket is a role of the pipeline; CloudTrail has the calls"
    ),
    "AwsSolutions-CB4": (
        "artifacts and caches are encrypted by the key of S3, as the bucket is"
    ),
}


def acknowledge_all(scope: Construct) -> None:
    """Give cdk-nag the reasons above, for all that is in *scope*."""
    for rule, reason in ELSE.items():
        acknowledge(scope, rule, reason)
    for action in ACTIONS:
        rule = f"AwsSolutions-IAM5[Action::s3:{action}]"
        acknowledge(scope, rule, "the actions of one kind, on the one bucket")
    for resource, reason in _resources(scope):
        acknowledge(scope, f"AwsSolutions-IAM5[Resource::{resource}]", reason)


def _resources(scope: Construct) -> Iterator[tuple[str, str]]:
    stack = Stack.of(scope)
    account = stack.account
    account = "<AWS::AccountId>" if Token.is_unresolved(account) else account
    here = f"{stack.region}:{account}"
    (bucket,) = _ids(scope, s3.CfnBucket)
    (pipeline,) = _ids(scope, codepipeline.CfnPipeline)
    for project in _ids(scope, codebuild.CfnProject):
        known = {
            "bucket": f"<{bucket}.Arn>",
            "pipeline": f"<{pipeline}>",
            "project": f"<{project}>",
            "logs": f"arn:aws:logs:{here}",
            "codebuild": f"arn:aws:codebuild:{here}",
        }
        for pattern, reason in RESOURCES.items():
            yield pattern.format(**known), reason


def _ids(scope: Construct, kind: type[CfnElement]) -> list[str]:
    stack = Stack.of(scope)
    ours = (each for each in scope.node.find_all() if isinstance(each, kind))
    return [stack.resolve(each.logical_id) for each in ours]
