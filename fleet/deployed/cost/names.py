"""Cloud Map: the zone, and the questions of everyone who looks for a task."""

import re
from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.assumptions import SECONDS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import SERVICE, Site
from fleet.deployed.reading import listed, settings
from fleet.deployed.resource import Resource

ZONES = (
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::PublicDnsNamespace",
)
REGISTRY = "AWS::ServiceDiscovery::Service"
TYPES = frozenset({*ZONES, REGISTRY})
_TARGET = re.compile(r"\b(dns|cloudmap)://")
_MILLION = 1_000_000
_TTL_S = Decimal(5)


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield the zones, and the questions of tasks whose settings have targets."""
    item = "names (Cloud Map)"
    zones = sum(1 for zone in ZONES for _ in site.each(zone))
    if zones:
        yield Line(
            item,
            f"{zones} hosted zone",
            Decimal(zones),
            "months",
            site.rates["names.zone_month"],
        )
    clients = {"dns": Decimal(0), "cloudmap": Decimal(0)}
    for service in site.each(SERVICE):
        definition = site.whole.get(service.properties.get("TaskDefinition"))
        for scheme in _schemes(definition):
            clients[scheme] += site.tasks_of(service)
    if asking := clients["dns"]:
        millions = asking * SECONDS / _ttl_s(site) / _MILLION
        rate = site.rates["names.million_queries"]
        yield Line(item, f"{asking} clients by DNS", millions, "M queries", rate)
    if asking := clients["cloudmap"]:
        assumed = site.assumed
        each = SECONDS / assumed.revision_every_s + SECONDS / assumed.list_every_s
        rate = site.rates["names.million_api_calls"]
        yield Line(
            item, f"{asking} clients by API", asking * each / _MILLION, "M calls", rate
        )


def _schemes(definition: Resource | None) -> Iterator[str]:
    """Yield the scheme of every target in the settings of the containers."""
    for _, value in settings(definition):
        yield from _TARGET.findall(value)


def _ttl_s(site: Site) -> Decimal:
    """Return the shortest TTL: a client asks once in each."""
    ttls = [
        Decimal(record["TTL"])
        for registry in site.each(REGISTRY)
        for record in listed(registry, "DnsConfig", "DnsRecords")
        if isinstance(record, dict) and type(record.get("TTL")) is int
    ]
    return max(min(ttls, default=_TTL_S), Decimal(1))
