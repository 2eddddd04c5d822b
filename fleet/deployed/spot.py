"""How many tasks of a service run on which kind of capacity."""

from decimal import Decimal

from fleet.deployed.reading import inside, listed
from fleet.deployed.resource import Resource

SPOT = "FARGATE_SPOT"


def spot_tasks(service: Resource, tasks: Decimal) -> Decimal:
    """Return how many of *tasks* are on Spot; a fraction, on average.

    The strategy's base is filled first, the rest is shared by weight:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    """
    strategy = [
        one
        for one in listed(service, "CapacityProviderStrategy")
        if isinstance(one, dict)
    ]
    spot, rest = Decimal(0), tasks
    for one in strategy:
        based = min(_whole(one.get("Base")), rest)
        rest -= based
        spot += based if one.get("CapacityProvider") == SPOT else 0
    weights = sum((_whole(one.get("Weight")) for one in strategy), Decimal(0))
    if not weights:
        return spot
    on_spot = sum(
        (
            _whole(one.get("Weight"))
            for one in strategy
            if one.get("CapacityProvider") == SPOT
        ),
        Decimal(0),
    )
    return spot + rest * on_spot / weights


def is_fargate(service: Resource) -> bool:
    """Whether *service* runs without machines of its own."""
    providers = [
        one.get("CapacityProvider")
        for one in listed(service, "CapacityProviderStrategy")
        if isinstance(one, dict)
    ]
    kinds = providers or [inside(service, "LaunchType")]
    return all(kind in {"FARGATE", SPOT} for kind in kinds)


def _whole(value: object) -> Decimal:
    return Decimal(value) if type(value) is int and value >= 0 else Decimal(0)
