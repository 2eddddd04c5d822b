"""What is watched, and who is told."""

from collections.abc import Sequence

from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.public_gateway import PublicGateway


class Observability(Construct):
    """Dashboards and alarms of one environment."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        services: Sequence[GrpcService],
        door: PublicGateway,
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment
        self.topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        if environment.alarms.email:
            self.topic.add_subscription(
                subscriptions.EmailSubscription(environment.alarms.email)
            )
        del services, door
