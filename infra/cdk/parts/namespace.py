"""The names of services, in Cloud Map."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_servicediscovery as cloudmap
from constructs import Construct

SOA_TTL_S = 5
"""How long resolvers keep "no such name" (RFC 2308): Cloud Map's own value would hide a
service for minutes once its last task was gone."""


class Namespace(Construct):
    """A private DNS zone that has a name for each service.

    The usual zone is `local`. RFC 6762 gives .local to multicast DNS: a machine with
    Avahi, systemd-resolved or macOS asks its neighbours for such names, not its
    resolver. Containers have none of these, so tasks find each other; laptops on a VPN
    may not. Choose another zone for them, such as `fleet.internal` (ICANN keeps
    .internal free for private use) or a domain that you own.
    """

    def __init__(
        self, scope: Construct, name: str, *, zone: str, vpc: ec2.IVpc
    ) -> None:
        super().__init__(scope, name)
        soa = cloudmap.CfnPrivateDnsNamespace.SOAProperty(ttl=SOA_TTL_S)
        made = cloudmap.CfnPrivateDnsNamespace(
            self,
            "Zone",
            name=zone,
            description="Tasks of the fleet by the names of their services",
            vpc=vpc.vpc_id,
            properties=cloudmap.CfnPrivateDnsNamespace.PropertiesProperty(
                dns_properties=cloudmap.CfnPrivateDnsNamespace.PrivateDnsPropertiesMutableProperty(
                    soa=soa
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
