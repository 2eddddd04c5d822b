"""The network of one environment."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.cdk.parts.network.endpoints import Endpoints, image_layers, wanted
from infra.cdk.parts.network.rejects import log_rejects
from infra.cdk.parts.network.subnets import NETWORK, PRIVATE, PUBLIC, vpc
from infra.cdk.values import Environment


class Network(Construct):
    """A VPC of public and private subnets; `environment.network` is the way out.

    - nat: tasks in private subnets reach everything, through NAT gateways.
    - endpoints: tasks in private subnets reach the services of AWS that they need,
      and nothing else; there is no route out.
    - dualstack: as endpoints, and over IPv6 the tasks reach everything, through an
      egress-only internet gateway. Fargate itself fetches images, secrets and sends
      logs over IPv4 in such subnets, so the endpoints for that stay:
      github.com/aws/containers-roadmap/issues/2641 and 2792.
    - public: tasks in public subnets with public addresses, which nobody may call.

    The subnets are the same in every kind, so that another kind can be chosen later
    without a move of the store. docs/network.md compares the kinds.
    """

    def __init__(
        self, scope: Construct, name: str, *, environment: Environment
    ) -> None:
        super().__init__(scope, name)
        kind = environment.network
        self.vpc = vpc(self, environment)
        self.addresses = NETWORK
        """All of its IPv4 addresses."""
        self.public_addresses = kind == "public"
        """Whether a task needs a public address to reach anything."""
        self.ipv6 = kind == "dualstack"
        """Whether tasks have IPv6 too; their security groups must let it out."""
        self.public = ec2.SubnetSelection(subnet_group_name=PUBLIC)
        """For load balancers."""
        self.private = ec2.SubnetSelection(subnet_group_name=PRIVATE)
        """For the store: no public addresses, in any kind."""
        self.tasks = self.public if self.public_addresses else self.private
        self._export_subnets()
        self._add_endpoints(environment)
        log_rejects(self, self.vpc, environment)

    @property
    def settings(self) -> Mapping[str, str]:
        """Of the environment of every task, so that it finds AWS in this network.

        boto3 asks names such as servicediscovery.REGION.api.aws then, which have
        IPv6 addresses; the usual names have none.
        """
        return {"AWS_USE_DUALSTACK_ENDPOINT": "true"} if self.ipv6 else {}

    def _export_subnets(self) -> None:
        """Export all subnets, used or not.

        Another stack would keep an export that it still imports from being removed, so
        the way out of tasks, or of the door, could not be changed later.
        """
        vpc = self.vpc
        for subnet in (
            *vpc.public_subnets,
            *vpc.private_subnets,
            *vpc.isolated_subnets,
        ):
            Stack.of(self).export_value(subnet.subnet_id)

    def _add_endpoints(self, environment: Environment) -> None:
        if self.public_addresses:
            return
        # Free, and through a NAT gateway each GB of an image would cost.
        only = environment.network != "nat"
        image_layers(self.vpc, self.private, only=only)
        if services := wanted(environment):
            Endpoints(
                self, "Endpoints", vpc=self.vpc, subnets=self.private, services=services
            )
