"""Where images are kept, and what brings them to the environments."""

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from infra.cdk.parts.pipeline import Pipeline
from infra.cdk.parts.repository import ImageRepository
from infra.cdk.values import Values


class RepositoryStack(Stack):
    """One repository for all environments."""

    def __init__(self, scope: Construct, values: Values) -> None:
        place = values.repository
        super().__init__(scope, "fleet-repository", env=place.place)
        accounts = {environment.account for environment in values.environments}
        kept = ImageRepository(
            self,
            "Images",
            repository_name=place.name,
            keep=place.keep,
            pulled_by=accounts - {"", place.account},
        )
        self.repository = kept.repository


class PipelineStack(Stack):
    """From a commit to production."""

    def __init__(self, scope: Construct, values: Values) -> None:
        place, delivery = values.repository, values.delivery
        super().__init__(scope, "fleet-pipeline", env=place.place)
        by_name = {each.name: each for each in values.environments}
        # By name, so that neither stack holds the other one back.
        repository = ecr.Repository.from_repository_name(self, "Images", place.name)
        Pipeline(
            self,
            "Pipeline",
            repository=repository,
            delivery=delivery,
            environments=[by_name[name] for name in delivery.environments],
        )
