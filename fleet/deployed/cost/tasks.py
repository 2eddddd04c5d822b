"""Tasks: processors and memory by the hour."""

from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.assumptions import HOURS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import SERVICE, Site
from fleet.deployed.reading import inside, named, number
from fleet.deployed.resource import Resource
from fleet.deployed.spot import is_fargate, spot_tasks

TYPES = frozenset({SERVICE, "AWS::ECS::TaskDefinition"})
_FREE_DISK_GIB = 20


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield what the tasks of each service cost."""
    for service in site.each(SERVICE):
        definition = site.whole.get(service.properties.get("TaskDefinition"))
        if definition is None:
            yield Uncounted(SERVICE, "its task definition is not in the templates")
        elif not is_fargate(service):
            yield Uncounted(SERVICE, "not on Fargate")
        else:
            yield from _service(site, service, definition)


def _service(site: Site, service: Resource, definition: Resource) -> Iterator[Line]:
    tasks = site.tasks_of(service)
    spot = spot_tasks(service, tasks)
    item = f"tasks: {named(service, 'ServiceName')}"
    for many, share, on in (
        (tasks - spot, Decimal(1), ""),
        (spot, site.rates["fargate.spot_share"], " on Spot"),
    ):
        if many:
            what = f"{many.normalize():f}{on}"
            for one in _each(site, definition, share):
                told, quantity = f"{what} x {one.what}", many * one.quantity
                yield Line(item, told, quantity, one.unit, one.rate)


def _each(site: Site, definition: Resource, share: Decimal) -> Iterator[Line]:
    """Yield what one task costs, at *share* of the full price."""
    arm = inside(definition, "RuntimePlatform", "CpuArchitecture") == "ARM64"
    machine = "arm64" if arm else "x86"
    cpu = number(definition, "Cpu") / 1024
    gb = number(definition, "Memory") / 1024
    rate = site.rates[f"fargate.{machine}_vcpu_hour"] * share
    yield Line("", f"{cpu} vCPU, {machine}", cpu * HOURS, "vCPU h", rate)
    rate = site.rates[f"fargate.{machine}_gb_hour"] * share
    yield Line("", f"{gb} GB", gb * HOURS, "GB h", rate)
    keys = ("EphemeralStorage", "SizeInGiB")
    disk = number(definition, *keys, default=_FREE_DISK_GIB) - _FREE_DISK_GIB
    if disk > 0:
        rate = site.rates["fargate.disk_gb_hour"]
        yield Line("", f"{disk} GB more disk", disk * HOURS, "GB h", rate)
