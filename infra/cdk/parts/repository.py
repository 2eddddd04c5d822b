"""Where images are kept."""

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

UNTAGGED_DAYS = 14
"""What lost its tag, or never had one, was a push that broke off."""


class ImageRepository(Construct):
    """The images of all environments, none of which can be replaced under its tag.

    A deploy names its image by digest, so a tag that moved would do no harm to what
    runs; it would only make the list of images lie.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        repository_name: str,
        keep: int,
        pulled_by: Iterable[str],
    ) -> None:
        super().__init__(scope, name)
        self.repository = ecr.Repository(
            self,
            "Images",
            repository_name=repository_name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.repository.add_lifecycle_rule(
            description="pushes that broke off",
            tag_status=ecr.TagStatus.UNTAGGED,
            max_image_age=Duration.days(UNTAGGED_DAYS),
        )
        # By count and not by age: what runs for a year without a deploy must still be
        # there when a task is replaced.
        self.repository.add_lifecycle_rule(
            description="the oldest images", max_image_count=keep
        )
        for account in sorted(pulled_by):
            self.repository.grant_pull(iam.AccountPrincipal(account))
