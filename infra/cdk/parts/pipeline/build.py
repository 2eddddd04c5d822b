"""Checks, tests, templates, the image."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.parts.pipeline import names
from infra.cdk.parts.pipeline.artifacts import CACHE
from infra.cdk.parts.pipeline.source import Source

MACHINES = {
    "arm64": codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
    "x86_64": codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
}
"""By architecture of the tasks: built where it runs, an image needs no emulator."""


class Build(Construct):
    """Runs `buildspec.yml`.

    May push to the one repository, clone the source, and write its logs and reports.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        repository: ecr.IRepository,
        cache: s3.IBucket,
        architecture: str,
    ) -> None:
        super().__init__(scope, name)
        self.project = codebuild.PipelineProject(
            self,
            "Project",
            project_name=names.BUILD,
            build_spec=codebuild.BuildSpec.from_source_filename("buildspec.yml"),
            environment=codebuild.BuildEnvironment(
                build_image=MACHINES[architecture],
                compute_type=codebuild.ComputeType.LARGE,
                # `docker build` talks to a daemon, and a daemon in a container needs
                # the devices of its host.
                privileged=True,
            ),
            environment_variables={
                "REPOSITORY": codebuild.BuildEnvironmentVariable(
                    value=repository.repository_uri
                )
            },
            cache=codebuild.Cache.bucket(cache, prefix=CACHE.rstrip("/")),
            logging=log_of(self, names.BUILD),
            timeout=Duration.minutes(45),
        )
        repository.grant_pull_push(self.project)
        self.output = codepipeline.Artifact("assembly")

    def action(self, source: Source) -> actions.CodeBuildAction:
        """Return the box: source in, templates and the variable IMAGE out."""
        source.allow_use(self.project)
        variable = codebuild.BuildEnvironmentVariable(value=f"--tag={tag(source)}")
        return actions.CodeBuildAction(
            action_name="Build",
            variables_namespace="Build",
            project=self.project,
            input=source.output,
            outputs=[self.output],
            environment_variables={"ARGS": variable},  # of `make image`, `make push`
        )


def tag(source: Source) -> str:
    """Return the tag of the image of one execution.

    The commit alone would not do: a second build of it, such as for a newer base, is
    another image, and tags are immutable.
    """
    execution = codepipeline.GlobalVariables.EXECUTION_ID
    return f"{source.action.variables.commit_id}-{execution}"


def log_of(scope: Construct, project: str) -> codebuild.LoggingOptions:
    """Return a log group that forgets, under the name CodeBuild would choose."""
    group = logs.LogGroup(
        scope,
        "Logs",
        log_group_name=f"/aws/codebuild/{project}",
        retention=logs.RetentionDays.THREE_MONTHS,
        removal_policy=RemovalPolicy.DESTROY,
    )
    cloud_watch = codebuild.CloudWatchLoggingOptions(log_group=group)
    return codebuild.LoggingOptions(cloud_watch=cloud_watch)
