"""A load balancer before the gateway."""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.ground import Ground
from infra.cdk.parts.grpc_service import GrpcService
from infra.cdk.parts.public_gateway.access_logs import AccessLogs
from infra.cdk.parts.public_gateway.listeners import Listeners, peer
from infra.cdk.parts.public_gateway.targets import game_server_targets, gateway_targets
from infra.cdk.parts.scaling import IN, OUT
from infra.cdk.values import Environment, ServiceSize

IDLE_S = 65
"""Of a connection, to either side.

More than the 60 s that a caller may give a call (`most_timeout_s` in gateway.toml) and
than the 15 s between two heartbeats of an SSE stream; less than the 75 s after which
the gateway closes an idle connection (`idle_timeout_s`), or the balancer would now and
then send a request into a connection that is just being closed: a 502.
"""


class PublicGateway(Construct):
    """A load balancer before the gateway; on request it takes gRPC calls too.

    It has public addresses only where a public network may knock: see `Door.public`.
    No web application firewall: that is 5 $ a month and rules of your own; the gateway
    has limits, keys and rates. One is attached to the balancer's ARN by an
    `AWS::WAFv2::WebACLAssociation`, without a change here.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        ground: Ground,
        *,
        gateway: GrpcService,
        game_server: GrpcService,
    ) -> None:
        super().__init__(scope, name)
        environment = ground.environment
        door = environment.door
        self.balancer = self._balancer(ground)
        self.balancer.log_access_logs(AccessLogs(self, "Logs", environment).bucket)
        scheme = _scheme(environment)
        self.targets = gateway_targets(self, scheme, ground, gateway)
        listeners = Listeners(
            self, f"{scheme}Listeners", self.balancer, door, self.targets
        )
        self.grpc_targets: elb.ApplicationTargetGroup | None = None
        if door.grpc:
            self.grpc_targets = game_server_targets(self, scheme, ground, game_server)
            listeners.add_grpc(self.grpc_targets)
        _scale(gateway, self.targets, environment.gateway)
        self.url = f"{listeners.scheme}://{self.balancer.load_balancer_dns_name}"
        CfnOutput(
            self,
            "Url",
            value=self.url,
            description="The door; a certificate's name must point here (CNAME, alias)",
        )

    def _balancer(self, ground: Ground) -> elb.ApplicationLoadBalancer:
        environment, vpc = ground.environment, ground.network.vpc
        group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=vpc,
            description="The door",
            allow_all_outbound=False,  # to its targets only; they are added
        )
        balancer = elb.ApplicationLoadBalancer(
            self,
            f"{_scheme(environment)}Balancer",
            vpc=vpc,
            vpc_subnets=_subnets(ground),
            internet_facing=environment.door.public,
            security_group=group,
            ip_address_type=_addresses(environment),
            idle_timeout=Duration.seconds(IDLE_S),
            # What is no header name by RFC 9110 is nothing the gateway should see.
            drop_invalid_header_fields=True,
        )
        ports = (443, 80) if environment.door.certificate_arn else (80,)
        for network in environment.door.allow_from:
            for port in ports:
                group.add_ingress_rule(peer(network), ec2.Port.tcp(port), "may knock")
        acknowledge(group, "AwsSolutions-EC23", "a door; allow_from says for whom")
        return balancer


def _scheme(environment: Environment) -> str:
    """Begin the names of all that is made anew when the door is opened or closed.

    The scheme of a balancer cannot be changed, and a target group belongs to one
    balancer: CloudFormation must make both before it removes both.
    """
    return "Public" if environment.door.public else "Internal"


def _subnets(ground: Ground) -> ec2.SubnetSelection:
    """Return where the balancer is: in public subnets, or where the tasks are."""
    if ground.environment.door.public:
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    return ground.network.tasks


def _addresses(environment: Environment) -> elb.IpAddressType:
    # An internal balancer with IPv6 addresses would be one that the internet reaches
    # where routes and rules allow it; who is inside has IPv4.
    both = environment.network == "dualstack" and environment.door.public
    return elb.IpAddressType.DUAL_STACK if both else elb.IpAddressType.IPV4


def _scale(
    gateway: GrpcService, targets: elb.ApplicationTargetGroup, size: ServiceSize
) -> None:
    """Add tasks by what the balancer counts, which knows of a rush before CPU does."""
    gateway.scaling.scale_on_request_count(
        "Requests",
        requests_per_target=size.calls_per_second * 60,
        target_group=targets,
        scale_out_cooldown=OUT,
        scale_in_cooldown=IN,
    )
