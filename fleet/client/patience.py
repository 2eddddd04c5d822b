"""What a call waits for: a peer, a place, its turn; and when waiting is in vain."""

import asyncio
from typing import Any

from fleet.client.attempts import Attempts, monotonic
from fleet.client.waiting import Waits


class PatientAttempts(Attempts):
    """Starts an attempt as soon as that is possible."""

    async def _started(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        """Return the attempt under way; wait for a peer and start it if needed.

        Raises:
            CallFailed: There is no peer, and waiting is not wanted or took
                until the deadline.
            CancelledError: The call or the channel has been ended.
        """
        while self._inner is None:
            if self._cancelled or self._balancer.peers.closed:
                self._cancelled = True
                raise asyncio.CancelledError
            if self._too_fast:
                raise self._balancer.too_fast()
            now = monotonic()
            if now < self._not_before:
                await self._rest(now)
            elif peer := self._choose(now):
                self._start(peer, now)
            elif self._balancer.chooser.main:
                await self._wait_for_place()
            else:
                await self._wait_for_peer()
        return self._inner

    async def _wait_for_place(self) -> None:
        """Wait in line until a task may take the call, or raise."""
        line, now = self._balancer.line_of(self._key), monotonic()
        left = None if self._deadline is None else self._deadline - now
        if left is not None and left <= 0:
            raise self._balancer.expired()
        if self._patient_until is None and left is not None:
            self._patient_until = now + left * line.config.share_of_deadline
        turn = line.join()
        if turn is None:
            raise self._balancer.crowded()
        patience = None if left is None else (self._patient_until or now) - now
        try:
            ours = await self._waiting.until(turn, patience)
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                line.next()  # it was our turn, and we do not take it
            raise
        if not ours:
            raise self._balancer.crowded()
        if self._cancelled:
            line.next()

    async def _rest(self, now: float) -> None:
        """Wait until the rate limit, or the pause between attempts, is over."""
        try:
            changed = self._balancer.peers.changed()  # or closed
            await self._waiting.until(changed, self._not_before - now)
        except asyncio.CancelledError:
            if self._balancer.rate is not None and not self._tried:
                self._balancer.rate.cancel(self._not_before, monotonic())
            raise

    async def _wait_for_peer(self) -> None:
        """Wait for any change among the peers, or raise when that is in vain."""
        balancer = self._balancer
        left = self._left()
        if left is not None and left <= 0:
            raise balancer.expired()
        patient = balancer.config.wait_for_ready if self._wait is None else self._wait
        if not patient and (reason := balancer.hopeless()):
            raise balancer.unavailable(reason)
        await self._waiting.until(balancer.peers.changed(), left)

    @property
    def _waiting(self) -> Waits:
        if self._waits is None:
            self._waits = Waits()
        return self._waits
