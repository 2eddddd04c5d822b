"""A second attempt beside the first, for a safe call that takes unusually long."""

import asyncio
from typing import Any, Protocol

from fleet.client.attempt import Attempt
from fleet.client.attempts import monotonic
from fleet.client.balancer import Balancer
from fleet.client.engine import RpcFailed
from fleet.client.overload.pushback import Pushback
from fleet.client.peer import Peer


class Hedged(Protocol):
    """What hedging needs of a call."""

    def launch(self, peer: Peer, now: float) -> Attempt:
        """Make one attempt on *peer*."""
        ...

    def failed(self, attempt: Attempt, error: RpcFailed) -> Pushback:
        """Count *attempt* as failed."""
        ...

    def given_up(self, attempt: Attempt) -> None:
        """Count *attempt* as one whose end nobody waits for."""
        ...


class Hedge:
    """Waits until it is time, and then races the first attempt on another endpoint.

    The first that ends well wins and the other is cancelled. The second attempt is
    paid from the retry budget, so a service that becomes slow as a whole is not
    asked for more (J. Dean and L. Barroso, "The Tail at Scale"; gRFC A6).

    Attributes:
        winner: The second attempt, once it has ended well before the first.
        response: Its answer.
    """

    def __init__(
        self, call: Hedged, first: Attempt, balancer: Balancer, delay_s: float
    ) -> None:
        self.winner: Attempt | None = None
        self.response: Any = None
        self._call = call
        self._first = first
        self._balancer = balancer
        self._second: Attempt | None = None
        self._racing: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(delay_s, self._begin)

    def _begin(self) -> None:
        """Make the second attempt, if somebody is there for it and it is paid."""
        balancer, first, now = self._balancer, self._first, monotonic()
        if first.inner.done() or balancer.peers.closed:
            return
        peer = balancer.chooser.pick(now, tried=(first.peer,))
        if peer is None or peer is first.peer or not balancer.withdraw():
            return
        balancer.hedges += 1
        self._second = self._call.launch(peer, now)
        # Else the slow ones that lose would be missing from the percentile.
        self._second.since = first.since
        self._racing = asyncio.create_task(self._race(self._second))

    async def _race(self, second: Attempt) -> None:
        try:
            response = await second.inner
        except RpcFailed as error:
            self._call.failed(second, error)
            self._second = None
            return
        self.response, self.winner, self._second = response, second, None
        self._first.inner.cancel()

    async def rescued(self) -> bool:
        """Wait for the second attempt after the first has failed."""
        if self._racing is not None:
            await asyncio.wait([self._racing])
        return self.winner is not None

    def stop(self) -> None:
        """Make no second attempt; cancel one that is under way."""
        self._timer.cancel()
        if self._racing is not None and not self._racing.done():
            self._racing.cancel()
        if self._second is not None:
            self._second.inner.cancel()
            self._call.given_up(self._second)
            self._second = None
