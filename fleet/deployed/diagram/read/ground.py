"""What services stand on: names, ways out, alarms."""

import re
from collections.abc import Iterator

from fleet.deployed.assembly import Assembly
from fleet.deployed.diagram.graph import Node
from fleet.deployed.diagram.read.name import identity
from fleet.deployed.reading import inside, is_public, listed, named, text
from fleet.deployed.resource import Resource

_NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
_REGISTRY = "AWS::ServiceDiscovery::Service"
_SERVICE = "AWS::ECS::Service"
_PLACE = re.compile(r"^com\.amazonaws\.+([a-z]{2}(-[a-z]+)+-\d\.)?")


def namespaces(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield each zone with its names and how long they may be kept."""
    for zone in here.each(_NAMESPACE):
        title = named(zone, "Name")
        facts = [
            f"{named(one, 'Name')}.{title}: {_records(one)}"
            for one in here.each(_REGISTRY)
            if whole.get(one.properties.get("NamespaceId")) == zone
        ]
        ttl = inside(zone, "Properties", "DnsProperties", "SOA", "TTL")
        if ttl is not None:
            facts.append(f"no such name: for {ttl} s")
        yield Node(identity(zone), "namespace", f"names: {title}", tuple(facts))


def _records(registry: Resource) -> str:
    records = [
        f"{one.get('Type')} for {one.get('TTL')} s"
        for one in listed(registry, "DnsConfig", "DnsRecords")
        if isinstance(one, dict)
    ]
    return ", ".join(records) or "by API only"


def ways_out(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield one box with every way that tasks have to the world."""
    del whole
    found = [
        _many(len([*here.each("AWS::EC2::NatGateway")]), "NAT gateway"),
        _many(
            len([*here.each("AWS::EC2::EgressOnlyInternetGateway")]),
            "egress-only gateway",
        ),
        "tasks have public addresses"
        if any(map(is_public, here.each(_SERVICE)))
        else "",
        *_endpoints(here, "Interface"),
        *_endpoints(here, "Gateway"),
    ]
    facts = tuple(filter(None, found)) or ("none",)
    yield Node("network", "network", "ways out", facts)


def _endpoints(here: Assembly, kind: str) -> Iterator[str]:
    names = [
        _short(text(inside(one, "ServiceName")))
        for one in here.each("AWS::EC2::VPCEndpoint")
        if (inside(one, "VpcEndpointType") or "Gateway") == kind
    ]
    if names:
        word = "endpoint" if kind == "Interface" else "gateway endpoint"
        yield f"{_many(len(names), word)}: {', '.join(sorted(names))}"


def _short(service: str) -> str:
    """Return `ecr.api` for `com.amazonaws.eu-west-1.ecr.api`."""
    return _PLACE.sub("", service)


def alarms(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield each topic that alarms tell, with who hears it."""
    raised = [*here.each("AWS::CloudWatch::Alarm")]
    for topic in here.each("AWS::SNS::Topic"):
        telling = [
            one
            for one in raised
            if any(whole.get(act) == topic for act in listed(one, "AlarmActions"))
        ]
        heard = [
            f"{text(inside(one, 'Protocol'))}: {text(inside(one, 'Endpoint'))}"
            for one in here.each("AWS::SNS::Subscription")
            if whole.get(one.properties.get("TopicArn")) == topic
        ]
        title = text(inside(topic, "DisplayName")) or "alarms"
        number_of = _many(len(telling), "alarm") or "no alarm"
        boards = _many(len([*here.each("AWS::CloudWatch::Dashboard")]), "dashboard")
        facts = (number_of, *(heard or ["nobody has subscribed"]), boards)
        yield Node(identity(topic), "alarms", title, tuple(filter(None, facts)))


def _many(many: int, what: str) -> str:
    return f"{many} {what}{'s' if many != 1 else ''}" if many else ""
