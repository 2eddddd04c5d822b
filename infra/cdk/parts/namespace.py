"""The names of services, in Cloud Map."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_servicediscovery as cloudmap
from constructs import Construct

SOA_TTL_S = 5
"""How long resolvers keep "no such name": Cloud Map's own 900 s would hide a service
for a quarter of an hour once its last task was gone."""


class Namespace(Construct):
    """A private DNS zone that has a name for each service."""

    def __init__(
        self, scope: Construct, name: str, *, zone: str, vpc: ec2.IVpc
    ) -> None:
        super().__init__(scope, name)
        made = cloudmap.CfnPrivateDnsNamespace(
            self,
            "Zone",
            name=zone,
            vpc=vpc.vpc_id,
            properties=cloudmap.CfnPrivateDnsNamespace.PropertiesProperty(
                dns_properties=cloudmap.CfnPrivateDnsNamespace.PrivateDnsPropertiesMutableProperty(
                    soa=cloudmap.CfnPrivateDnsNamespace.SOAProperty(ttl=SOA_TTL_S)
                )
            ),
        )
        self.zone = zone
        self.namespace = (
            cloudmap.PrivateDnsNamespace.from_private_dns_namespace_attributes(
                self,
                "Namespace",
                namespace_name=zone,
                namespace_id=made.attr_id,
                namespace_arn=made.attr_arn,
            )
        )
