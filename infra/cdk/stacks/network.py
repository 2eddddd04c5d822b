"""Where everything of an environment lives."""

from aws_cdk import Stack
from constructs import Construct

from infra.cdk.parts.namespace import Namespace
from infra.cdk.parts.network import Network
from infra.cdk.values import Environment


class NetworkStack(Stack):
    """A network, and the names in it."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(
            scope,
            f"{environment.prefix}-network",
            env=environment.place,
            termination_protection=environment.keep_data,
        )
        self.network = Network(self, "Network", environment=environment)
        self.namespace = Namespace(
            self, "Namespace", zone=environment.namespace, vpc=self.network.vpc
        )
