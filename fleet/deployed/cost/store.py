"""The store of the rankings."""

from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.assumptions import HOURS, SECONDS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import Site
from fleet.deployed.reading import inside, number
from fleet.deployed.resource import Resource

SERVERLESS = "AWS::ElastiCache::ServerlessCache"
NODES = "AWS::ElastiCache::ReplicationGroup"
TYPES = frozenset({SERVERLESS, NODES})
_ITEM = "store (ElastiCache)"


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield the stores and their snapshots."""
    for cache in site.each(SERVERLESS):
        yield from _serverless(site, cache)
    for group in site.each(NODES):
        yield from _nodes(site, group)


def _serverless(site: Site, cache: Resource) -> Iterator[Line | Uncounted]:
    engine = inside(cache, "Engine")
    if engine not in {"valkey", "redis"}:
        yield Uncounted(SERVERLESS, f"engine {engine}")
        return
    rates = site.rates
    gb = max(site.assumed.store_gb, rates[f"store.{engine}_least_gb"])
    calls = site.assumed.calls_per_second * SECONDS
    ecpu = calls * site.assumed.ecpu_per_call / 1_000_000
    yield Line(
        _ITEM,
        f"{gb} GB, serverless {engine}",
        gb * HOURS,
        "GB h",
        rates[f"store.{engine}_gb_hour"],
    )
    yield Line(_ITEM, "its work", ecpu, "M ECPU", rates[f"store.{engine}_million_ecpu"])
    yield from _snapshots(site, number(cache, "SnapshotRetentionLimit", default=0))


def _nodes(site: Site, group: Resource) -> Iterator[Line | Uncounted]:
    kind = inside(group, "CacheNodeType")
    rate = site.rates.get(f"store-nodes.{kind}")
    engine = inside(group, "Engine")
    if rate is None or engine != "valkey":
        yield Uncounted(NODES, f"{engine} on {kind}")
        return
    shards = number(group, "NumNodeGroups", default=1)
    if inside(group, "ReplicasPerNodeGroup") is None:
        many = number(group, "NumCacheClusters", default=1) * shards
    else:
        many = shards * (1 + number(group, "ReplicasPerNodeGroup"))
    yield Line(_ITEM, f"{many} x {kind}", many * HOURS, "hours", rate)
    yield from _snapshots(site, number(group, "SnapshotRetentionLimit", default=0))


def _snapshots(site: Site, days: Decimal) -> Iterator[Line]:
    if days:
        rate = site.rates["store.snapshot_gb_month"]
        gb = days * site.assumed.store_gb
        yield Line(_ITEM, f"{days} daily snapshots", gb, "GB months", rate)
