"""Calls that wait for a place: the newest goes first.

Under overload the oldest in a queue are nearly dead: served in order, every call
is answered just after its caller has given up. Newest first, most are answered
at once, and the rest fails ("Fail at Scale", Ben Maurer, ACM Queue 2015:
Facebook's adaptive LIFO). How long one may wait is bounded for the same reason
(CoDel, RFC 8289), by a share of its deadline, so that what it waited for has a
chance to end in time.
"""

import asyncio
from dataclasses import dataclass

from fleet.bounds import check


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """How many calls may wait for a place at an endpoint, and how long."""

    most: int = 10_000
    """Calls of one channel that wait; one more fails at once. Each holds its
    request, so this bounds memory; 0: nobody waits."""
    share_of_deadline: float = 0.5
    """Of what is left of its deadline when it begins to wait; the other half is
    for the call itself."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(self, (("most", 0, 10_000_000), ("share_of_deadline", 0.01, 1)))


class Line:
    """The waiting calls of one channel."""

    __slots__ = ("_waiters", "config")

    def __init__(self, config: LineConfig) -> None:
        self.config = config
        # A dict and not a list: those who give up leave from the middle.
        self._waiters: dict[asyncio.Future[None], None] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiters)

    def join(self) -> "asyncio.Future[None] | None":
        """Return a future that is done when it is one's turn; None: the line is full.

        A turn is leave to try: another call may have been quicker, and then one
        joins again. Who gives up cancels the future, or ends it. Who is given a
        turn and does not use it, as it was cancelled in that moment, calls `next`.
        """
        if len(self._waiters) >= self.config.most:
            return None
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        waiter.add_done_callback(self._forget)
        return waiter

    def next(self) -> None:
        """Let the newest that still waits try; called when a place becomes free."""
        while self._waiters:
            waiter, _ = self._waiters.popitem()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _forget(self, waiter: "asyncio.Future[None]") -> None:
        self._waiters.pop(waiter, None)
