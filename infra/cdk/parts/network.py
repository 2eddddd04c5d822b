"""Where tasks live, and how they reach AWS."""

from typing import Literal

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

Kind = Literal["nat", "endpoints", "dualstack", "public"]


class Network(Construct):
    """A VPC and the subnets of the tasks."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        kind: str,
        zones: tuple[str, ...],
        nat_gateways: int,
    ) -> None:
        super().__init__(scope, name)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=[*zones],
            nat_gateways=nat_gateways if kind == "nat" else 0,
        )
        self.public_addresses = kind == "public"
        self.tasks = ec2.SubnetSelection(
            subnet_type=ec2.SubnetType.PUBLIC
            if kind == "public"
            else ec2.SubnetType.PRIVATE_WITH_EGRESS
        )
