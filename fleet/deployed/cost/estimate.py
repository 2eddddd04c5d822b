"""All of it, added up."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from fleet.deployed.assembly import Assembly
from fleet.deployed.cost import (
    delivery,
    door,
    keeping,
    names,
    network,
    store,
    tasks,
    watching,
)
from fleet.deployed.cost.assumptions import Assumptions
from fleet.deployed.cost.free import FREE
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.rates import Rates
from fleet.deployed.cost.site import Count, Site

_COUNTERS: tuple[Callable[[Site], Iterator[Line | Uncounted]], ...] = (
    tasks.count,
    network.count,
    door.count,
    names.count,
    store.count,
    watching.count,
    keeping.count,
    delivery.count,
)
COUNTED = frozenset[str]().union(
    tasks.TYPES,
    network.TYPES,
    door.TYPES,
    names.TYPES,
    store.TYPES,
    watching.TYPES,
    keeping.TYPES,
    delivery.TYPES,
)
"""Types that a counter looks at."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one environment costs a month."""

    environment: str
    lines: tuple[Line, ...]
    uncounted: tuple[tuple[Uncounted, int], ...]
    """What may cost money and is not in the lines, with how many there are."""

    @property
    def dollars(self) -> Decimal:
        """Of all lines."""
        return sum((line.dollars for line in self.lines), Decimal(0))

    @property
    def items(self) -> dict[str, Decimal]:
        """Dollars by item, in the order of the lines."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.item] = found.get(line.item, Decimal(0)) + line.dollars
        return found


def estimate(  # noqa: PLR0913 - each is a different thing
    environment: str,
    here: Assembly,
    whole: Assembly,
    rates: Rates,
    assumed: Assumptions,
    *,
    count: Count = "least",
) -> Estimate:
    """Add up *here*, the resources of one environment.

    Args:
        environment: Its name, for the report.
        here: Its resources.
        whole: Every stack's, to follow references.
        rates: Dollars.
        assumed: What no template says.
        count: With the fewest or the most tasks that scaling allows.

    Raises:
        BadConfig: A template lacks what a counter needs.
    """
    site = Site(here, whole, rates, assumed, count)
    found = [one for counter in _COUNTERS for one in counter(site)]
    strange: Counter[Uncounted] = Counter(
        Uncounted(resource.type)
        for resource in here.resources
        if resource.type not in COUNTED | FREE
    )
    strange.update(one for one in found if isinstance(one, Uncounted))
    lines = tuple(one for one in found if isinstance(one, Line))
    return Estimate(environment, lines, tuple(sorted(strange.items())))
