"""Doors to services of AWS for tasks that have no way out."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.parts.network.subnets import NETWORK
from infra.cdk.values import Environment

_Services = Mapping[str, ec2.InterfaceVpcEndpointAwsService]
_SERVICE = ec2.InterfaceVpcEndpointAwsService
_HTTPS = ec2.Port.tcp(443)


def wanted(environment: Environment) -> _Services:
    """Return the services that tasks cannot do without, by names of ours.

    Sources: docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html (both
    of ECR, S3, logs), AmazonECS/latest/developerguide/vpc-endpoints.html (secrets,
    execute-command). ECS registers tasks in Cloud Map from outside; tasks ask
    DiscoverInstances only, whose name is data-servicediscovery.
    """
    if environment.network not in {"endpoints", "dualstack"}:
        return {}
    services = {
        "Images": _SERVICE.ECR,
        "ImageLayers": _SERVICE.ECR_DOCKER,
        "Logs": _SERVICE.CLOUDWATCH_LOGS,
        "Secrets": _SERVICE.SECRETS_MANAGER,
    }
    if environment.execute_command:
        services["ExecuteCommand"] = _SERVICE.SSM_MESSAGES
    # With dualstack it is asked over IPv6: see `Network.settings`.
    if environment.lookup == "cloudmap" and environment.network == "endpoints":
        services["CloudMap"] = _SERVICE.CLOUD_MAP_DATA_SERVICE_DISCOVERY
    return services


class Endpoints(Construct):
    """An address of each service in each zone, under the service's usual name."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        services: _Services,
    ) -> None:
        super().__init__(scope, name)
        callers = ec2.SecurityGroup(
            self,
            "Callers",
            vpc=vpc,
            description="HTTPS from this network to services of AWS",
            allow_all_outbound=False,
        )
        # By range, not by the groups of the services: those stacks stand on this one,
        # and what is asked needs the credentials of a task anyway.
        callers.add_ingress_rule(ec2.Peer.ipv4(NETWORK), _HTTPS, "tasks")
        for key, service in services.items():
            ec2.InterfaceVpcEndpoint(
                self,
                key,
                vpc=vpc,
                service=service,
                subnets=subnets,
                private_dns_enabled=True,
                open=False,
                security_groups=[callers],
            )


def image_layers(vpc: ec2.Vpc, subnets: ec2.SubnetSelection, *, only: bool) -> None:
    """Add a free route to S3, where ECR keeps the layers of images.

    Args:
        vpc: Where.
        subnets: From where.
        only: Let tasks read ECR's bucket and no other, which would be a way to
            carry data out. With NAT there are other ways, and a rule would surprise.
    """
    endpoint = vpc.add_gateway_endpoint(
        "S3", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[subnets]
    )
    if not only:
        return
    region = Stack.of(vpc).region
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*"],
        )
    )
