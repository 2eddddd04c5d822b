"""One call as a row of attempts, each on one peer, under one deadline."""

import asyncio
import functools
import time
from typing import Any, ClassVar

from fleet import deadline as handling
from fleet.client.engine import CallFailed, RpcFailed, aio
from fleet.client.method import Method
from fleet.client.peer import Peer
from fleet.client.retry import blames_task, may_repeat, pause_s
from fleet.client.safety import marked_safe
from fleet.client.waiting import Waits

Options = dict[str, Any]
"""What a stub passes on as it is: metadata, credentials, compression."""

monotonic = time.monotonic


class Attempts:
    """Makes the attempts of one call.

    The first one starts at once when a peer is ready, as a call of gRPC does,
    else as soon as one is. Further ones start when somebody awaits the call.
    """

    timed: ClassVar[bool] = True
    """Whether the duration of an attempt says something about the peer."""
    repeatable: ClassVar[bool] = True
    """Whether the request is still there to be sent again."""

    # Defaults of the class cost nothing per call; instances set what differs.
    _inner: Any = None
    _peer: Peer | None = None
    _tried: tuple[Peer, ...] = ()
    _not_before = 0.0
    _waits: Waits | None = None
    _cancelled = False
    _sealed = False
    """There will be no further attempt."""

    def __init__(
        self,
        method: Method,
        request: object,
        timeout: float | None,
        wait_for_ready: bool | None,  # noqa: FBT001 - gRPC's own argument
        options: Options,
    ) -> None:
        self._balancer = balancer = method.balancer
        self._method = method
        self._request = request
        self._options = options
        self._wait = wait_for_ready
        self._safe = method.safe or marked_safe()
        now = monotonic()
        self._deadline = _earlier(handling.current.get(), timeout, now)
        balancer.budget.count(now)
        if ready := balancer.peers.ready:
            self._start(balancer.policy.pick(ready), now)
        elif balancer.peers.closed:
            raise aio.UsageError("Channel is closed.")
        else:
            self._begin_later()

    def _begin_later(self) -> None:
        """Have `_started` awaited, although nobody may await the call."""
        raise NotImplementedError

    def _start(self, peer: Peer, now: float) -> None:
        """Make one attempt on *peer*; its end is counted, however it ends."""
        left = None if self._deadline is None else self._deadline - now
        inner = self._method.on(peer)(self._request, timeout=left, **self._options)
        peer.begin()
        started = now if self.timed else None
        inner.add_done_callback(functools.partial(_count_out, peer, started))
        self._inner, self._peer = inner, peer

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
            now = monotonic()
            if now < self._not_before:
                await self._waiting.pause(self._not_before - now)
            elif peer := self._balancer.pick(self._tried):
                self._start(peer, now)
            else:
                await self._wait_for_peer()
        return self._inner

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

    def _again(self, error: RpcFailed) -> None:
        """Drop the failed attempt so that another follows, or raise *error*."""
        if self._peer is None or isinstance(error, CallFailed):
            raise error
        if blames_task(error):
            self._peer.failed(f"{error.code().name}: {error.details()}")
        attempts = len(self._tried) + 1
        pause = pause_s(self._balancer.config.retry, attempts)
        if not self._may_repeat(error, attempts, pause):
            raise error
        self._tried = (*self._tried, self._peer)
        self._not_before = monotonic() + pause
        self._inner = None

    def _may_repeat(self, error: RpcFailed, attempts: int, pause: float) -> bool:
        left = self._left()
        if not self.repeatable or self._sealed or self._cancelled:
            return False
        if left is not None and left <= pause:
            return False
        return may_repeat(
            error, safe=self._safe, attempts=attempts, balancer=self._balancer
        )

    def _left(self) -> float | None:
        """Return the seconds until the deadline of the whole call."""
        return None if self._deadline is None else self._deadline - monotonic()


def _count_out(peer: Peer, started: float | None, _call: object) -> None:
    peer.end(None if started is None else monotonic() - started)


def _earlier(
    inherited: float | None, timeout: float | None, now: float
) -> float | None:
    """Return the deadline: the caller's own, but never after the handler's."""
    if timeout is None:
        return inherited
    return now + timeout if inherited is None else min(inherited, now + timeout)
