"""What must outlive every deploy."""

from aws_cdk import Stack
from constructs import Construct

from infra.cdk.parts.network import Network
from infra.cdk.parts.store import Store
from infra.cdk.values import Environment


class StoreStack(Stack):
    """The store of the rankings; where data are kept, not deleted by mistake."""

    def __init__(
        self, scope: Construct, environment: Environment, network: Network
    ) -> None:
        super().__init__(
            scope,
            f"{environment.prefix}-store",
            env=environment.place,
            termination_protection=environment.keep_data,
        )
        self.store = Store(self, "Store", environment=environment, network=network)
