"""How the addresses of an environment are divided."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.cdk.values import Environment
from infra.cdk.values.environment import ZONES_MAX

PUBLIC = "public"
PRIVATE = "private"
NETWORK = "10.0.0.0/16"
MASK = 20
"""4,091 tasks a subnet; two subnets in each of six zones fit."""
_EGRESS = {"nat", "dualstack"}


def vpc(scope: Construct, environment: Environment) -> ec2.Vpc:
    """Return a VPC with a public and a private subnet in each zone."""
    kind = environment.network
    dual = kind == "dualstack"
    return ec2.Vpc(
        scope,
        "Vpc",
        vpc_name=environment.prefix,
        availability_zones=[*environment.zones],
        # A zone that is added later takes its place, and moves no other subnet.
        reserved_azs=ZONES_MAX - len(environment.zones),
        ip_protocol=ec2.IpProtocol.DUAL_STACK if dual else ec2.IpProtocol.IPV4_ONLY,
        ip_addresses=ec2.IpAddresses.cidr(NETWORK),
        nat_gateways=environment.nat_gateways if kind == "nat" else 0,
        subnet_configuration=[
            ec2.SubnetConfiguration(
                name=PUBLIC,
                subnet_type=ec2.SubnetType.PUBLIC,
                cidr_mask=MASK,
                # A task asks for its public address itself; nothing gets one unasked.
                map_public_ip_on_launch=False,
            ),
            ec2.SubnetConfiguration(
                name=PRIVATE,
                subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                if kind in _EGRESS
                else ec2.SubnetType.PRIVATE_ISOLATED,
                cidr_mask=MASK,
            ),
        ],
    )
