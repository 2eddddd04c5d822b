"""A line for every request at the door."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.values import Environment


class AccessLogs(Construct):
    """A bucket that forgets after `log_days`.

    Encrypted by S3's own keys, the only ones that a balancer can write with:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html

    It stays when the stack goes, in every environment: CloudFormation cannot delete a
    bucket that has something in it, and would give up half-way. It empties itself.
    """

    def __init__(self, scope: Construct, name: str, environment: Environment) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(environment.log_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        acknowledge(self.bucket, "AwsSolutions-S1", "it is a log itself")
