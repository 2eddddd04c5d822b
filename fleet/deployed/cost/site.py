"""What every counter works on: one environment, the rates and the assumptions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fleet.deployed.assembly import Assembly
from fleet.deployed.cost.assumptions import Assumptions
from fleet.deployed.cost.rates import Rates
from fleet.deployed.reading import number, references
from fleet.deployed.resource import Resource

Count = Literal["least", "most"]
SERVICE = "AWS::ECS::Service"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"


@dataclass(frozen=True, slots=True)
class Site:
    """One environment that is being added up."""

    here: Assembly
    """Its own resources."""
    whole: Assembly
    """Every stack's, to follow references."""
    rates: Rates
    assumed: Assumptions
    count: Count
    """Which end of the range of tasks."""

    def each(self, kind: str) -> Iterator[Resource]:
        """Iterate over its resources of a type."""
        return self.here.each(kind)

    def target_of(self, service: Resource) -> Resource | None:
        """Return what scales *service*; None: nothing does."""
        place = (service.stack, service.logical_id)
        for target in self.each(TARGET):
            named = references(target.properties.get("ResourceId"))
            if any((one.stack, one.logical_id) == place for one in named):
                return target
        return None

    def tasks_of(self, service: Resource) -> Decimal:
        """Return how many tasks *service* has."""
        target = self.target_of(service)
        if target is None:
            return number(service, "DesiredCount", default=1)
        key = "MinCapacity" if self.count == "least" else "MaxCapacity"
        return number(target, key)

    def tasks(self) -> Decimal:
        """Return how many tasks all services have."""
        return sum(map(self.tasks_of, self.each(SERVICE)), Decimal(0))
