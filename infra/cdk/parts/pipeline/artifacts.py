"""What stages hand to each other."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

CACHE = "cache/"
CACHE_DAYS = 30
KEPT_DAYS = 365
"""A rollback deploys the templates of an older execution: they must still be there,
also when a year went by without a change."""


class Artifacts(Construct):
    """The bucket of the pipeline.

    Encrypted with the key of S3: everybody who reads is a role of this stack, so the
    policy of a key of our own would only repeat theirs, for a dollar a month. It is
    kept when the stack is destroyed, as CloudFormation deletes empty buckets only.
    """

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.bucket.add_lifecycle_rule(
            id="artifacts",
            expiration=Duration.days(KEPT_DAYS),
            abort_incomplete_multipart_upload_after=Duration.days(1),
        )
        self.bucket.add_lifecycle_rule(
            id="cache", prefix=CACHE, expiration=Duration.days(CACHE_DAYS)
        )
