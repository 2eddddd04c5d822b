"""Where changes come from."""

from aws_cdk import CfnOutput
from aws_cdk import aws_codeconnections as codeconnections
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.values.pipeline import Delivery

DEPLOYED = (
    ("fleet/**", "ranking/**", "rpc/**", "services/**"),
    ("infra/**", "*.lock", "Dockerfile", ".dockerignore", "buildspec.yml", "Makefile"),
)
"""Paths whose change is deployed: the image's content, and what builds and deploys it.
What is not named (docs, tests, benchmarks) reaches no task. Two filters, either of
which is enough, as one takes 8 patterns at most."""


class Source(Construct):
    """A connection to the provider, and pushes to one branch.

    The connection is PENDING until somebody with an account at the provider has
    authorised it once, in the console: `docs/pipeline.md`.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        delivery: Delivery,
        *,
        pipeline_role: iam.IRole,
    ) -> None:
        super().__init__(scope, name)
        connection = codeconnections.CfnConnection(
            self,
            "Connection",
            connection_name="fleet",
            provider_type=delivery.provider,
        )
        self._arn = connection.attr_connection_arn
        role = iam.Role(
            self, "Role", assumed_by=iam.ArnPrincipal(pipeline_role.role_arn)
        )
        self.allow_use(role)
        owner, _, repository = delivery.source.rpartition("/")
        self.output = codepipeline.Artifact("source")
        self.action = actions.CodeStarConnectionsSourceAction(
            action_name="Source",
            variables_namespace="Source",
            connection_arn=self._arn,
            role=role,
            owner=owner,
            repo=repository,
            branch=delivery.branch,
            output=self.output,
            # The history, for `git status` in `make check`.
            code_build_clone_output=True,
            trigger_on_push=False,  # the trigger below does
        )
        self.trigger = codepipeline.TriggerProps(
            provider_type=codepipeline.ProviderType.CODE_STAR_SOURCE_CONNECTION,
            git_configuration=codepipeline.GitConfiguration(
                source_action=self.action,
                push_filter=[
                    codepipeline.GitPushFilter(
                        branches_includes=[delivery.branch],
                        file_paths_includes=[*paths],
                    )
                    for paths in DEPLOYED
                ],
            ),
        )
        CfnOutput(self, "ConnectionArn", value=self._arn)

    def allow_use(self, role: iam.IGrantable) -> None:
        """Let *role* clone.

        The CDK grants the action under its old name, codestar-connections, only; the
        prefix must be that of the ARN (docs.aws.amazon.com/dtconsole/latest/userguide/
        security-iam.html).
        """
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["codeconnections:UseConnection"],
            resource_arns=[self._arn],
        )
