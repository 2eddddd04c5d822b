"""Who fails so much more often than its peers that it cannot be chance."""

import math
from collections.abc import Sequence

from fleet.client.leaving.record import Finding, Record

CLEARLY = 4.0
"""Standard errors between two shares of failures. Chance alone exceeds them once in
30,000 looks; a peer that fails half of its calls beside one that fails none does so
with 24 calls each, and beside nine such with 10."""


def failing(
    records: Sequence[Record], share: float, least: int, seconds: float
) -> list[Finding]:
    """Find peers that fail at least *share* of their calls, unlike their peers.

    Args:
        records: Of all who are called.
        share: From 0 to 1.
        least: Calls that a peer needs, and its peers together.
        seconds: Of the window, to say so.
    """
    totals = [record.window.totals() for record in records]
    all_ended = sum(ended for ended, _ in totals)
    all_failed = sum(failed for _, failed in totals)
    found = []
    for record, (ended, failed) in zip(records, totals, strict=True):
        if ended < least or failed < share * ended or all_ended - ended < least:
            continue
        usual = (all_failed - failed) / (all_ended - ended)
        if much_worse(failed, ended, all_failed - failed, all_ended - ended):
            rate = f"failed {percent(failed / ended)} of {ended} calls"
            reason = f"{rate} in {seconds:g} s, its peers {percent(usual)}"
            found.append((record, reason))
    return found


def much_worse(failed: int, ended: int, others_failed: int, others_ended: int) -> bool:
    """Tell whether a peer fails far more often than the others.

    Two conditions, or a fleet that fails as a whole would lose peers by chance: the
    shares differ more than chance explains (a z-test of two proportions, pooled), and
    the peer answers well at most half as often as the others do.
    """
    share, usual = failed / ended, others_failed / others_ended
    if share <= usual or 1.0 - share > (1.0 - usual) / 2.0:
        return False
    pooled = (failed + others_failed) / (ended + others_ended)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / ended + 1.0 / others_ended))
    return share - usual >= CLEARLY * error


def percent(share: float) -> str:
    """Return *share* for people."""
    return f"{share * 100:.0f} %"
