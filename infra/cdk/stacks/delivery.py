"""Where images are kept, and what brings them to the environments."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.cdk.values import Values


class RepositoryStack(Stack):
    """One repository for all environments."""

    def __init__(self, scope: Construct, values: Values) -> None:
        super().__init__(scope, "fleet-repository", env=values.repository.place)
        self.repository = ecr.Repository(
            self,
            "Images",
            repository_name=values.repository.name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=RemovalPolicy.RETAIN,
        )


class PipelineStack(Stack):
    """From a commit to production."""

    def __init__(self, scope: Construct, values: Values) -> None:
        super().__init__(scope, "fleet-pipeline", env=values.repository.place)
        ssm.StringParameter(self, "Source", string_value=values.delivery.source)
