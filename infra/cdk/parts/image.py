"""Which image runs: one owner, one place to read it."""

from aws_cdk import CfnCondition, CfnParameter, Fn
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

NONE = "none"


class Image(Construct):
    """The image of a stack's services: the stack's parameter, and nothing else.

    A deploy that fails takes the old value back with everything else, in one step;
    an SSM parameter that others write could not. What runs is written to the SSM
    parameter for people and tools to read.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        repository: ecr.IRepository,
        published: str,
    ) -> None:
        super().__init__(scope, name)
        self._parameter = CfnParameter(
            scope,
            "ImageUri",
            default=NONE,
            allowed_pattern=rf"^({NONE}|\S+@sha256:[0-9a-f]{{64}})$",
            constraint_description="REPOSITORY@sha256:DIGEST; a tag may move",
            description="What runs; 'none' before the first image: no task is started",
        )
        self.exists = CfnCondition(
            scope,
            "HasImage",
            expression=Fn.condition_not(Fn.condition_equals(self.uri, NONE)),
        )
        self._repository = repository
        ssm.StringParameter(
            self, "Published", parameter_name=published, string_value=self.uri
        )

    @property
    def uri(self) -> str:
        """`REPOSITORY@sha256:DIGEST`, or `none`."""
        return self._parameter.value_as_string

    @property
    def container(self) -> ecs.ContainerImage:
        """The image as task definitions take it."""
        return ecs.ContainerImage.from_registry(self.uri)

    def grant_pull(self, role: iam.IGrantable) -> None:
        """Let *role* fetch it."""
        self._repository.grant_pull(role)

    def if_exists(self, value: object, otherwise: object) -> object:
        """Return *value* in the template where there is an image, else the other."""
        return {"Fn::If": [self.exists.logical_id, value, otherwise]}
