"""The balancer before the fleet, and what leaves through it."""

from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.assumptions import HOURS
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import Site
from fleet.deployed.reading import inside

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TYPES = frozenset({BALANCER})
_CALLS_PER_CONNECTION = 10
_CONNECTIONS_PER_LCU = 25
"""New ones a second: https://aws.amazon.com/elasticloadbalancing/pricing/ has the four
measures of an LCU; the largest counts. New connections and GB an hour do here."""


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield balancers by the hour, their load, and what goes to the internet."""
    open_doors = False
    for door in site.each(BALANCER):
        kind = inside(door, "Type") or "application"
        if kind != "application":
            yield Uncounted(BALANCER, f"of type {kind}")
            continue
        open_doors |= inside(door, "Scheme") == "internet-facing"
        yield Line(
            "load balancer",
            "1",
            HOURS,
            "hours",
            site.rates["balancer.application_hour"],
        )
        yield Line(
            "load balancer",
            "its load, in units of AWS",
            _units(site) * HOURS,
            "LCU h",
            site.rates["balancer.lcu_hour"],
        )
    if open_doors and site.assumed.gb_out:
        rate = site.rates["transfer.internet_gb"]
        yield Line(
            "traffic to the internet",
            "through the door",
            site.assumed.gb_out,
            "GB",
            rate,
        )


def _units(site: Site) -> Decimal:
    connections = site.assumed.calls_per_second / _CALLS_PER_CONNECTION
    return max(connections / _CONNECTIONS_PER_LCU, site.assumed.gb_out / HOURS)
