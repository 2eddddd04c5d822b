"""What share of calls a task says that it is worth."""

import math

from fleet.endpoint import Endpoint

ATTRIBUTE = "weight"
"""Of an instance in Cloud Map; a task with twice the CPU registers 2."""
LEAST = 0.01
MOST = 100.0
"""A weight counts within these: one task that says a million may not starve all others,
as every weight is divided by the largest."""


def declared_weight(endpoint: Endpoint) -> float:
    """Return the weight of *endpoint*, 1 where there is none or it is no number.

    It comes from outside, so a typing error must cost nothing but its effect: too much
    or too little is the nearest that is allowed, and so 0 is almost no calls. A task
    that is to get none says so by its health.
    """
    try:
        weight = float(endpoint.attributes.get(ATTRIBUTE, 1))
    except ValueError:
        return 1.0
    if not math.isfinite(weight) or weight < 0:
        return 1.0
    return min(max(weight, LEAST), MOST)
