"""What calls pass through: balancers, services, stores."""

import re
from collections.abc import Iterator

from fleet.deployed.assembly import Assembly
from fleet.deployed.diagram.graph import Arrow, Node, Tasks
from fleet.deployed.diagram.read.name import identity
from fleet.deployed.reading import (
    inside,
    listed,
    named,
    number,
    references,
    settings,
    text,
)
from fleet.deployed.resource import Resource
from fleet.deployed.spot import spot_tasks

_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_SERVICE = "AWS::ECS::Service"
_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
_NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
_SERVERLESS = "AWS::ElastiCache::ServerlessCache"
_NODES = "AWS::ElastiCache::ReplicationGroup"
_VPC = ("NetworkConfiguration", "AwsvpcConfiguration")
_ASKED = re.compile(r"\b(dns|cloudmap)://([\w.-]+)(?:/([\w.-]+))?")


def balancers(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield each balancer with its listeners."""
    for door in here.each(_BALANCER):
        doors = [
            f"{text(inside(one, 'Protocol'))} :{inside(one, 'Port')}"
            for one in here.each(_LISTENER)
            if whole.get(one.properties.get("LoadBalancerArn")) == door
        ]
        zones = len(listed(door, "Subnets"))
        scheme = text(inside(door, "Scheme")) or "internet-facing"
        facts = (scheme, ", ".join(doors), f"in {zones} zones")
        yield Node(
            identity(door), "balancer", "load balancer", tuple(filter(None, facts))
        )


def services(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield each service with the size and the number of its tasks."""
    for service in here.each(_SERVICE):
        definition = whole.get(service.properties.get("TaskDefinition"))
        tasks = _tasks(here, whole, service)
        facts = [_range(tasks)]
        spot = f"{_share(tasks)} on Spot"
        if definition is not None:
            cpu = number(definition, "Cpu") / 1024
            gb = number(definition, "Memory") / 1024
            arm = inside(definition, "RuntimePlatform", "CpuArchitecture") == "ARM64"
            facts.append(f"{cpu} vCPU, {gb} GB")
            spot = f"{'arm64' if arm else 'x86'}, {spot}"
        facts.append(spot)
        title = named(service, "ServiceName")
        yield Node(identity(service), "service", title, tuple(facts), tasks)


def _tasks(here: Assembly, whole: Assembly, service: Resource) -> Tasks:
    place = (service.stack, service.logical_id)
    target = next(
        (
            one
            for one in here.each(_TARGET)
            if any(
                (found.stack, found.logical_id) == place
                for found in references(one.properties.get("ResourceId"))
            )
        ),
        None,
    )
    if target is None:
        least = most = number(service, "DesiredCount", default=1)
    else:
        least, most = number(target, "MinCapacity"), number(target, "MaxCapacity")
    subnets = [whole.get(one) for one in listed(service, *_VPC, "Subnets")]
    zones = [text(inside(one, "AvailabilityZone")) for one in subnets if one]
    spot = spot_tasks(service, least)
    return Tasks(tuple(sorted({*filter(None, zones)})), int(least), int(most), spot)


def _share(tasks: Tasks) -> str:
    return f"{tasks.spot / tasks.least:.0%}" if tasks.spot else "none"


def _range(tasks: Tasks) -> str:
    if tasks.least == tasks.most:
        return f"{tasks.least} task{'s' if tasks.least != 1 else ''}"
    return f"{tasks.least} to {tasks.most} tasks"


def stores(here: Assembly, whole: Assembly) -> Iterator[Node]:
    """Yield each store."""
    del whole
    for cache in here.each(_SERVERLESS):
        version = text(inside(cache, "MajorEngineVersion"))
        engine = f"{text(inside(cache, 'Engine'))} {version}".strip()
        kept = number(cache, "SnapshotRetentionLimit", default=0)
        yield Node(
            identity(cache),
            "store",
            "store",
            (engine, "serverless", _snapshots(int(kept))),
        )
    for group in here.each(_NODES):
        version = text(inside(group, "EngineVersion"))
        shards = number(group, "NumNodeGroups", default=1)
        many = shards * (1 + number(group, "ReplicasPerNodeGroup", default=0))
        kept = number(group, "SnapshotRetentionLimit", default=0)
        engine = f"{text(inside(group, 'Engine'))} {version}".strip()
        nodes = f"{many} x {text(inside(group, 'CacheNodeType'))}"
        yield Node(
            identity(group), "store", "store", (engine, nodes, _snapshots(int(kept)))
        )


def _snapshots(days: int) -> str:
    return f"snapshots: {days} days" if days else "no snapshots"


def questions(here: Assembly, whole: Assembly) -> Iterator[Arrow]:
    """Yield an arrow from each service whose settings name a target, to its zone."""
    zones = {named(zone, "Name"): identity(zone) for zone in here.each(_NAMESPACE)}
    for service in here.each(_SERVICE):
        definition = whole.get(service.properties.get("TaskDefinition"))
        told = "\n".join(value for _, value in settings(definition))
        found = dict.fromkeys(_ASKED.findall(told))
        for scheme, host, below in found:
            # dns://game-server.local:5000 and cloudmap://local/game-server:5000
            zone = host if below else host.partition(".")[2]
            if zone in zones:
                yield Arrow(identity(service), zones[zone], f"{scheme}://", "asks")
