"""One call as a row of attempts, each on one peer, under one deadline."""

import asyncio
import functools
import time
from typing import Any, ClassVar

from fleet import deadline as handling
from fleet.client.engine import CallFailed, RpcFailed
from fleet.client.method import Method
from fleet.client.peer import Peer
from fleet.client.retry import may_repeat, pause_s
from fleet.client.safety import marked_safe

Options = dict[str, Any]
"""What a stub passes on as it is: metadata, credentials, compression."""

monotonic = time.monotonic


class Attempts:
    """Makes the attempts of one call.

    The first one starts at once when a peer is ready, as a call of gRPC does.
    Otherwise it starts, as every further one, when somebody awaits the call.
    """

    timed: ClassVar[bool] = True
    """Whether the duration of an attempt says something about the peer."""

    # Defaults of the class cost nothing per call; instances set what differs.
    _inner: Any = None
    _peer: Peer | None = None
    _tried: tuple[Peer, ...] = ()
    _waiters: "tuple[asyncio.Future[None], ...]" = ()
    _cancelled = False

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

    def _start(self, peer: Peer, now: float) -> None:
        """Make one attempt on *peer*; its end is counted, however it ends."""
        left = None if self._deadline is None else self._deadline - now
        inner = self._method.on(peer)(self._request, timeout=left, **self._options)
        peer.begin()
        started = now if self.timed else None
        inner.add_done_callback(functools.partial(_ended, peer, started))
        self._inner, self._peer = inner, peer

    async def _started(self) -> Any:  # noqa: ANN401 - one of gRPC's four calls
        """Return the attempt under way; wait for a peer and start it if needed.

        Raises:
            CallFailed: There is no peer, and waiting is not wanted or took
                until the deadline.
        """
        while self._inner is None:
            if self._cancelled:
                raise asyncio.CancelledError
            peer = self._balancer.pick(self._tried)
            if peer is not None:
                self._start(peer, monotonic())
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
        await self._until(balancer.peers.changed(), left)

    async def _until(
        self, waiter: "asyncio.Future[None]", limit_s: float | None
    ) -> None:
        """Wait for *waiter*, at most *limit_s*; `cancel` ends it too."""
        self._waiters = (*self._waiters, waiter)
        timer = limit_s is not None and asyncio.get_running_loop().call_later(
            limit_s, _resolve, waiter
        )
        try:
            await waiter
        finally:
            waiter.cancel()
            self._waiters = tuple(w for w in self._waiters if w is not waiter)
            if timer:
                timer.cancel()

    async def _again(self, error: RpcFailed) -> None:
        """Drop the failed attempt so that another follows, or raise *error*."""
        if self._peer is None or isinstance(error, CallFailed):
            raise error
        self._note(error)
        attempts = len(self._tried) + 1
        pause = pause_s(self._balancer.config.retry, attempts)
        left = self._left()
        too_late = left is not None and left <= pause
        if self._cancelled or too_late or not self._may_repeat(error, attempts):
            raise error
        if pause:
            await self._until(asyncio.get_running_loop().create_future(), pause)
        self._tried = (*self._tried, self._peer)
        self._inner = None

    def _note(self, error: RpcFailed) -> None:
        """Keep what the attempt said in the record of its peer."""
        if self._peer is not None:
            self._peer.failed(f"{error.code().name}: {error.details()}")

    def _may_repeat(self, error: RpcFailed, attempts: int) -> bool:
        return may_repeat(
            error, safe=self._safe, attempts=attempts, balancer=self._balancer
        )

    def _left(self) -> float | None:
        """Return the seconds until the deadline of the whole call."""
        return None if self._deadline is None else self._deadline - monotonic()


def _ended(peer: Peer, started: float | None, _call: object) -> None:
    peer.end(None if started is None else monotonic() - started)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


def _earlier(
    inherited: float | None, timeout: float | None, now: float
) -> float | None:
    """Return the deadline: the caller's own, but never after the handler's."""
    if timeout is None:
        return inherited
    return now + timeout if inherited is None else min(inherited, now + timeout)
