"""What every source of endpoints promises."""

import math
from dataclasses import dataclass
from typing import Protocol

from fleet.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Answer:
    """The complete set of a service's endpoints, at one moment."""

    endpoints: frozenset[Endpoint]
    ttl_s: float = math.inf
    """Seconds for which the source vouches; infinite: it never changes."""


class Lookup(Protocol):
    """One question "where is this service now?"."""

    async def __call__(self) -> Answer:
        """Return the complete set, which may be empty.

        Raises:
            ResolveFailed: The source did not answer; nothing new is known.
        """
        ...
