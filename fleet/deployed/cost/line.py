"""One thing on the bill."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """So many of something, each at a rate, in one month."""

    item: str
    """What it is added up under, such as `NAT gateways`."""
    what: str
    """How the quantity came about, for people."""
    quantity: Decimal
    unit: str
    rate: Decimal
    """Dollars for one unit."""

    @property
    def dollars(self) -> Decimal:
        """Of the month; exact."""
        return self.quantity * self.rate


@dataclass(frozen=True, slots=True, order=True)
class Uncounted:
    """Something that may cost money, and has no rate here."""

    type: str
    why: str = ""
    """Empty: nobody has written how to count the type."""
