"""How many peers may be left alone at a time."""

import math
from collections.abc import Collection, Iterable

from fleet.client.leaving.record import Record
from fleet.client.leaving.standing import Standing


def places(most_out: float, peers: int) -> int:
    """Return how many of *peers* may be out: a share, but 1, and never the last one."""
    # The share of 100 at 0.29 is 29, and 28.999999999999996 in floating point.
    share = math.floor(most_out * peers + 1e-9)
    return min(max(1, share), max(0, peers - 1))


def has_place(records: Collection[Record], most_out: float) -> bool:
    """Tell whether one more may be out; one on trial is not back yet."""
    out = sum(record.standing is not Standing.IN for record in records)
    return out < places(most_out, len(records))


def too_many(records: Collection[Record], most_out: float) -> Iterable[Record]:
    """Return who has to be taken back since others have left the set.

    Those whose time is over first.
    """
    out = [record for record in records if record.standing is not Standing.IN]
    out.sort(key=lambda record: record.until)
    return out[: max(0, len(out) - places(most_out, len(records)))]
