"""Whether a peer on trial comes back."""

from fleet.client.leaving.record import Record
from fleet.client.leaving.standing import Standing

MORE_SLOW = 2
"""So many more slow calls than `trial_calls` end a trial badly, as most who are tried
are fine. Of calls with an exponential duration one in eight takes over three medians:
with 3 good or 5 slow ones, such a peer is refused once in 17,000 trials, and one that
is eight times slower comes back once in 38 (the ruin of a gambler; W. Feller, "An
Introduction to Probability Theory", volume 1, XIV.2)."""


def after_call(record: Record, calls: int, *, slow: bool) -> Standing:
    """Count a call that ended well; return what follows for the peer.

    Args:
        record: On trial.
        calls: So many more good calls than slow ones bring it back.
        slow: The call took far longer than at its peers.
    """
    record.lead += -1 if slow else 1
    if record.lead >= calls:
        return Standing.IN
    return Standing.OUT if record.lead <= -calls - MORE_SLOW else Standing.TRIAL
