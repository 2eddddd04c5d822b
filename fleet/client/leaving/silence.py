"""Who answers no call at all, while its peers do."""

from collections.abc import Sequence

from fleet.client.leaving.record import Finding, Record


def silent(
    records: Sequence[Record], slots: int, least: int, seconds: float
) -> list[Finding]:
    """Find peers that had calls under way in each of *slots* slots and ended none.

    A call of a second is not silence, so it is only judged where the others end at
    least *least* calls in the same time for each one that they have under way.

    Args:
        records: Of all who are called or on trial; this look is counted.
        slots: Of the window.
        least: Calls of the others, for each place.
        seconds: Of the window, to say so.
    """
    ended = under_way = 0
    for record in records:
        quiet = record.in_flight > 0 and not record.window.answered
        record.silent = record.silent + 1 if quiet else 0
        if not record.silent:
            ended += record.window.totals()[0]
            under_way += record.in_flight
    if ended < least * max(1, under_way):
        return []
    return [
        (record, f"answered none of its {record.in_flight} calls for {seconds:g} s")
        for record in records
        if record.silent >= slots
    ]
