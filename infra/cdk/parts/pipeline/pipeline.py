"""The boxes, in their order."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.parts.pipeline import names
from infra.cdk.parts.pipeline.artifacts import Artifacts
from infra.cdk.parts.pipeline.build import Build, tag
from infra.cdk.parts.pipeline.deploy import Deploy
from infra.cdk.parts.pipeline.news import News
from infra.cdk.parts.pipeline.source import Source
from infra.cdk.parts.pipeline.wildcards import acknowledge_all
from infra.cdk.values import Environment
from infra.cdk.values.pipeline import Delivery
from infra.cdk.values.whole import architectures

ROLLBACK = codepipeline.FailureConditions(result=codepipeline.Result.ROLLBACK)
"""The stage runs again as in its last execution that succeeded: its templates, its
image. There is none before the first success, nor after a change of the stages."""


class Pipeline(Construct):
    """Source, build, scan, one environment after the other; people before the last.

    A newer change overtakes those that wait (SUPERSEDED): an approval that nobody
    answered over the weekend holds one change back and not a queue of them. PARALLEL
    would let an older change land after a newer one, and has no rollback.

    It does not change itself: an execution that rewrote the definition it runs in
    could drop the approval before it. `cdk deploy fleet-pipeline` is done by a person.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        repository: ecr.IRepository,
        delivery: Delivery,
        environments: Sequence[Environment],
    ) -> None:
        super().__init__(scope, name)
        self._delivery, self._environments = delivery, environments
        self._repository = repository
        self._architecture = _architecture(environments)
        self._artifacts = Artifacts(self, "Artifacts")
        emails = (environment.alarms.email for environment in environments)
        self._news = News(self, "News", emails=emails)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codepipeline.amazonaws.com"),
        )
        self._source = Source(self, "Source", delivery, pipeline_role=role)
        self.pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_name=names.PIPELINE,
            pipeline_type=codepipeline.PipelineType.V2,
            role=role,
            execution_mode=codepipeline.ExecutionMode.SUPERSEDED,
            artifact_bucket=self._artifacts.bucket,
            restart_execution_on_update=False,
            stages=[*self._stages()],
            triggers=[self._source.trigger],
        )
        self._news.tell_failures_of(names.PIPELINE)
        acknowledge_all(self)

    def _stages(self) -> Iterator[codepipeline.StageProps]:
        build = Build(
            self,
            "Build",
            repository=self._repository,
            cache=self._artifacts.bucket,
            architecture=self._architecture,
        )
        built = build.action(self._source)
        yield _stage("Source", self._source.action)
        yield _stage("Build", built)
        yield _stage("Scan", self._scan())
        *earlier, last = self._environments
        for environment in earlier:
            yield self._deploy(environment, build.output, built)
        yield _stage("Approval", self._approval(last))
        yield self._deploy(last, build.output, built)

    def _scan(self) -> codepipeline.IAction:
        """Return the gate: Inspector reads the image of this execution."""
        return actions.InspectorEcrImageScanAction(
            action_name="Scan",
            repository=self._repository,
            image_tag=tag(self._source),
            critical_threshold=0,
            high_threshold=self._delivery.high_findings,
            output=codepipeline.Artifact("findings"),
        )

    def _approval(self, environment: Environment) -> codepipeline.IAction:
        """Return the gate with a person in it; a stage of its own.

        In the stage that it stands before, a "no" would be a failure, and roll back.
        """
        commit = self._source.action.variables.commit_id
        return actions.ManualApprovalAction(
            action_name="Approval",
            notification_topic=self._news.topic,
            additional_information=f"Deploy {commit} to {environment.name}?",
        )

    def _deploy(
        self,
        environment: Environment,
        assembly: codepipeline.Artifact,
        built: actions.CodeBuildAction,
    ) -> codepipeline.StageProps:
        deploy = Deploy(
            self,
            f"Deploy-{environment.name}",
            environment,
            architecture=self._architecture,
        )
        action = deploy.action(assembly, built.variable("IMAGE"))
        return _stage(environment.name, action, on_failure=ROLLBACK)


def _stage(
    name: str,
    action: codepipeline.IAction,
    on_failure: codepipeline.FailureConditions | None = None,
) -> codepipeline.StageProps:
    return codepipeline.StageProps(
        stage_name=name, actions=[action], on_failure=on_failure
    )


def _architecture(environments: Sequence[Environment]) -> str:
    """Return what all tasks run on: there is one image for all environments.

    Raises:
        ValueError: They differ.
    """
    sizes = architectures(environments)
    if len({*sizes.values()}) > 1:
        raise ValueError(f"architecture is {sizes}, allowed is one and the same")
    return next(iter(sizes.values()))
