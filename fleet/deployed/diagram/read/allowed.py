"""Who may connect to whom: what the security groups say, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.deployed.assembly import Assembly
from fleet.deployed.diagram.graph import Arrow, Node
from fleet.deployed.diagram.read.name import identity
from fleet.deployed.reading import inside, listed, references, text
from fleet.deployed.resource import Reference, Resource

_GROUP = "AWS::EC2::SecurityGroup"
_RULE = "AWS::EC2::SecurityGroupIngress"
_OUTSIDE = "outside"
_MOST_PLACES = 4


def allowed(here: Assembly, nodes: Sequence[Node]) -> tuple[list[Node], list[Arrow]]:
    """Return callers that are no box yet, and an arrow for each rule.

    Rules of groups that belong to no box, such as those of endpoints, are left out.
    """
    members = _members(here, {node.id for node in nodes})
    arrows: dict[tuple[str, str, str], None] = {}
    places: dict[str, None] = {}
    strangers: dict[str, Node] = {}
    for target, rule in _rules(here):
        for box in members.get(target, ()):
            for source in _sources(here, rule, members, strangers, places):
                arrows[source, box, _ports(rule)] = None
    outside = [_outside([*places])] if places else []
    return [*outside, *strangers.values()], [Arrow(*arrow) for arrow in arrows]


def _members(here: Assembly, boxes: set[str]) -> dict[str, list[str]]:
    """Return, by group, the boxes that are in it."""
    found: dict[str, list[str]] = {}
    for resource in here.resources:
        if identity(resource) not in boxes:
            continue
        keys = ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
        named = [
            *listed(resource, "SecurityGroups"),
            *listed(resource, "SecurityGroupIds"),
            *listed(resource, *keys),
        ]
        for group in references(named):
            found.setdefault(identity(group), []).append(identity(resource))
    return found


def _rules(here: Assembly) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each rule with the id of the group that it opens."""
    for group in here.each(_GROUP):
        for rule in listed(group, "SecurityGroupIngress"):
            if isinstance(rule, dict):
                yield identity(group), rule
    for apart in here.each(_RULE):
        opened = apart.properties.get("GroupId")
        if isinstance(opened, Reference):
            yield identity(opened), apart.properties


def _sources(
    here: Assembly,
    rule: Mapping[str, Any],
    members: Mapping[str, list[str]],
    strangers: dict[str, Node],
    places: dict[str, None],
) -> Iterator[str]:
    """Yield the ids of whom *rule* lets in, noting those that are no box yet."""
    group = rule.get("SourceSecurityGroupId")
    if isinstance(group, Reference):
        if identity(group) in members:
            yield from members[identity(group)]
            return
        found = here.get(group)
        strangers[identity(group)] = _stranger(group, found)
        yield identity(group)
        return
    place = text(rule.get("CidrIp")) or text(rule.get("CidrIpv6"))
    # A network that only a deploy knows, such as the VPC's own, is still a place.
    places[place or "addresses of the network"] = None
    yield _OUTSIDE


def _stranger(group: Reference, found: Resource | None) -> Node:
    title = text(inside(found, "GroupDescription")) if found else ""
    facts = ("a group of its own",)
    return Node(identity(group), "caller", title or group.logical_id, facts)


def _outside(places: Sequence[str]) -> Node:
    everybody = {"0.0.0.0/0", "::/0"} & set(places)
    facts = [*places[:_MOST_PLACES]]
    if len(places) > _MOST_PLACES:
        facts.append(f"and {len(places) - _MOST_PLACES} more")
    title = "internet" if everybody else "callers"
    return Node(_OUTSIDE, "outside", title, tuple(facts))


def _ports(rule: Mapping[str, Any]) -> str:
    protocol, first, last = (rule.get(k) for k in ("IpProtocol", "FromPort", "ToPort"))
    if str(protocol) == "-1":
        return "all"
    ports = f"{first}" if first == last else f"{first}-{last}"
    return ports if protocol == "tcp" else f"{protocol} {ports}"
