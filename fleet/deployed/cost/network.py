"""Ways to the internet and to AWS, and what crosses zones."""

from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.assumptions import HOURS, SECONDS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import SERVICE, Site
from fleet.deployed.reading import inside, is_public, listed

NAT = "AWS::EC2::NatGateway"
ENDPOINT = "AWS::EC2::VPCEndpoint"
EIP = "AWS::EC2::EIP"
TYPES = frozenset({NAT, ENDPOINT, EIP})
_KB_OF_GB = 1_000_000


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield gateways, endpoints, addresses and the traffic between zones."""
    yield from _nat(site)
    yield from _endpoints(site)
    yield from _addresses(site)
    yield from _between_zones(site)


def _nat(site: Site) -> Iterator[Line]:
    many = len(list(site.each(NAT)))
    if many:
        item, rates = "NAT gateways", site.rates
        yield Line(
            item, f"{many} of them", many * HOURS, "hours", rates["network.nat_hour"]
        )
        yield Line(
            item, "through them", site.assumed.gb_aws, "GB", rates["network.nat_gb"]
        )


def _endpoints(site: Site) -> Iterator[Line | Uncounted]:
    zones = 0
    for endpoint in site.each(ENDPOINT):
        # Without a type it is a gateway's: S3 and DynamoDB, which cost nothing.
        kind = inside(endpoint, "VpcEndpointType") or "Gateway"
        if kind == "Interface":
            zones += len(listed(endpoint, "SubnetIds")) or 1
        elif kind != "Gateway":
            yield Uncounted(ENDPOINT, f"of type {kind}")
    if zones:
        item, rates = "interface endpoints", site.rates
        yield Line(
            item,
            f"{zones}, one for each service and zone",
            zones * HOURS,
            "hours",
            rates["network.endpoint_hour"],
        )
        yield Line(
            item,
            "through them",
            site.assumed.gb_aws,
            "GB",
            rates["network.endpoint_gb"],
        )


def _addresses(site: Site) -> Iterator[Line]:
    """Yield IPv4 addresses: of tasks in public, of balancers, of NAT gateways."""
    tasks = sum(
        (
            site.tasks_of(service)
            for service in site.each(SERVICE)
            if is_public(service)
        ),
        Decimal(0),
    )
    doors = sum(
        len(listed(door, "Subnets")) or len(listed(door, "SubnetMappings"))
        for door in site.each("AWS::ElasticLoadBalancingV2::LoadBalancer")
        if inside(door, "Scheme") == "internet-facing"
    )
    own = len(list(site.each(EIP)))
    rate = site.rates["network.public_address_hour"]
    for many, what in ((tasks, "tasks"), (doors, "balancers"), (own, "NAT gateways")):
        if many:
            yield Line(
                "public IPv4 addresses",
                f"{many} of {what}",
                many * HOURS,
                "hours",
                rate,
            )


def _between_zones(site: Site) -> Iterator[Line]:
    services = list(site.each(SERVICE))
    keys = ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
    zones = max((len(listed(service, *keys)) for service in services), default=0)
    if zones > 1 and len(services) > 1:
        gb = site.assumed.calls_per_second * site.assumed.kb_per_call
        gb = gb * SECONDS / _KB_OF_GB * (zones - 1) / zones
        # Out of one zone and into the other.
        rate = 2 * site.rates["transfer.zones_gb"]
        yield Line(
            "traffic between zones", f"{zones - 1} of {zones} calls", gb, "GB", rate
        )
