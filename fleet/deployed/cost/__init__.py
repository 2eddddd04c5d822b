"""What a deployed fleet costs a month, from its templates."""

from fleet.deployed.cost.assumptions import Assumptions
from fleet.deployed.cost.estimate import Estimate, estimate
from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.rates import Rates, load_rates

__all__ = [
    "Assumptions",
    "Estimate",
    "Line",
    "Rates",
    "Uncounted",
    "estimate",
    "load_rates",
]
