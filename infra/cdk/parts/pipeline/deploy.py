"""Bringing one environment to what was built."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.parts.pipeline import names
from infra.cdk.parts.pipeline.build import MACHINES, log_of
from infra.cdk.values import Environment

QUALIFIER = "hnb659fds"
"""Of `cdk bootstrap`, unless told otherwise."""
ROLES = ("deploy", "file-publishing", "lookup")
"""What `cdk deploy` becomes. Not image-publishing: the fleet's image is no asset."""
ASSEMBLY = "build/cdk.out"


class Deploy(Construct):
    """Runs `infra/buildspecs/deploy.yml` for one environment.

    May become the CDK's roles there and the role that calls the game server, and
    nothing else; what CloudFormation may do is decided by `cdk bootstrap`.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        environment: Environment,
        *,
        architecture: str,
    ) -> None:
        super().__init__(scope, name)
        self._environment = environment
        project = names.deploy(environment.name)
        role = iam.Role(
            self,
            "Role",
            role_name=project,  # the role of the smoke test trusts it by name
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
        )
        iam.Grant.add_to_principal(
            grantee=role,
            actions=["sts:AssumeRole"],
            resource_arns=[self._arn(one) for one in self._roles()],
        )
        self.project = codebuild.PipelineProject(
            self,
            "Project",
            project_name=project,
            role=role,
            build_spec=codebuild.BuildSpec.from_source_filename(
                "infra/buildspecs/deploy.yml"
            ),
            environment=codebuild.BuildEnvironment(
                build_image=MACHINES[architecture],
                compute_type=codebuild.ComputeType.SMALL,
            ),
            logging=log_of(self, project),
            grant_report_group_permissions=False,
            # CloudFormation waits for ECS, and ECS for tasks that drain.
            timeout=Duration.hours(1),
        )

    def action(self, built: codepipeline.Artifact, image: str) -> codepipeline.IAction:
        """Return the box: *built* has the templates, *image* names the image."""
        variables = {
            "ENVIRONMENT": self._environment.name,
            "IMAGE": image,
            "ASSEMBLY": ASSEMBLY,
            "SMOKE_ROLE": self._arn(names.smoke_role(self._environment.name)),
        }
        return actions.CodeBuildAction(
            action_name="Deploy",
            project=self.project,
            input=built,
            environment_variables={
                name: codebuild.BuildEnvironmentVariable(value=value)
                for name, value in variables.items()
            },
        )

    def _roles(self) -> list[str]:
        account, region = self._account, self._environment.region
        ours = [f"cdk-{QUALIFIER}-{role}-role-{account}-{region}" for role in ROLES]
        return [*ours, names.smoke_role(self._environment.name)]

    @property
    def _account(self) -> str:
        return self._environment.account or Stack.of(self).account

    def _arn(self, role: str) -> str:
        return Stack.of(self).format_arn(
            service="iam",
            region="",
            account=self._account,
            resource="role",
            resource_name=role,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
