"""One call as a row of attempts, each on one peer, under one deadline."""

import asyncio
import functools
import time
from typing import Any, ClassVar

from fleet import deadline as handling
from fleet.client.attempt import Attempt
from fleet.client.engine import Pairs, aio
from fleet.client.method import Method
from fleet.client.peer import Peer
from fleet.client.safety import marked_safe
from fleet.client.waiting import Waits

Options = dict[str, Any]
"""What a stub passes on as it is: metadata, credentials, compression."""

monotonic = time.monotonic

STREAM_TRIAL_S = 1.0
"""For so long a stream without an answer keeps others from trying its task."""


class Attempts:
    """Makes the attempts of one call.

    The first one starts at once when a peer is ready, as a call of gRPC does,
    else as soon as one is. Further ones start when somebody awaits the call.
    """

    stream: ClassVar[bool] = False
    """Whether one side streams: then its duration says nothing about the peer."""
    repeatable: ClassVar[bool] = True
    """Whether the request is still there to be sent again."""

    # Defaults of the class cost nothing per call; instances set what differs.
    _made: "set[handling.Cancellable] | None" = None
    """Calls of the handler that makes this one: they end with it."""
    _inner: Any = None
    _attempt: Attempt | None = None
    _tried: tuple[Peer, ...] = ()
    _key: str | bytes | None = None
    """Of affinity: calls with the same one go to the same task."""
    _not_before = 0.0
    _waits: Waits | None = None
    _patient_until: float | None = None
    """When it has waited long enough for a place at a task."""
    _cancelled = False
    _too_fast = False
    """The rate limit has refused the call."""
    _sealed = False
    """There will be no further attempt."""
    _seen: Any = None
    """What telemetry knows the call by."""

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
        self._made = made = handling.made.get()
        if made is not None:
            made.add(self)
        balancer.budget.count(now)
        if balancer.config.affinity is not None:
            self._key = _value(options, balancer.config.affinity.header)
        if balancer.peers.closed:
            raise aio.UsageError("Channel is closed.")
        if balancer.config.telemetry is not None:
            self._watched(now)
        if balancer.rate is not None and not self._in_time(now):
            self._begin_later()
        elif peer := self._choose(now):
            self._start(peer, now)
        else:
            self._begin_later()

    def _choose(self, now: float) -> Peer | None:
        chooser = self._balancer.chooser
        if self.stream:
            return chooser.pick_for_stream(now, self._tried, self._key)
        return chooser.pick(now, tried=self._tried, key=self._key, safe=self._safe)

    def _in_time(self, now: float) -> bool:
        """Take a turn of the rate limit; false: it has not come yet, or never will."""
        rate = self._balancer.rate
        wait_s = rate.take(now, self._left()) if rate else 0.0
        if wait_s is None:
            self._too_fast = True
            return False
        self._not_before = now + wait_s
        return wait_s <= 0

    def cancel(self) -> bool:
        """End the call, whatever it is waiting for; false: it has ended."""
        raise NotImplementedError

    def _begin_later(self) -> None:
        """Have `_started` awaited, although nobody may await the call."""
        raise NotImplementedError

    def _start(self, peer: Peer, now: float) -> None:
        """Make one attempt on *peer*; its end is counted, however it ends."""
        self._attempt = attempt = self.launch(peer, now)
        self._inner = attempt.inner

    def launch(self, peer: Peer, now: float) -> Attempt:
        """Make one attempt on *peer*, whoever waits for its end."""
        left = None if self._deadline is None else self._deadline - now
        options, seen = self._options, None
        if self._seen is not None:
            seen = self._seen.attempt(peer.endpoint, now)
            if seen.metadata is not options.get("metadata"):
                options = {**options, "metadata": Pairs(tuple(seen.metadata))}
        generation = None if peer.breaker is None else peer.breaker.begin(now)
        inner = self._method.on(peer)(self._request, timeout=left, **options)
        attempt = Attempt(peer, peer.begin(stream=self.stream), now)
        attempt.inner, attempt.seen, attempt.generation = inner, seen, generation
        ended = functools.partial(self._balancer.count_out, attempt, self.stream)
        inner.add_done_callback(ended)
        if attempt.trial and self.stream:
            loop = asyncio.get_running_loop()
            loop.call_later(STREAM_TRIAL_S, self._balancer.no_longer_tried, attempt)
        return attempt

    def _watched(self, now: float) -> None:
        """Have telemetry see the call."""
        config = self._balancer.config
        if config.telemetry is not None:
            self._seen = config.telemetry.begin(
                self._balancer.target,
                self._method.path,
                self._options.get("metadata"),
                now,
            )

    def _left(self) -> float | None:
        """Return the seconds until the deadline of the whole call."""
        return None if self._deadline is None else self._deadline - monotonic()


def _value(options: Options, header: str) -> str | bytes | None:
    """Return the first value of *header* in the metadata of a call."""
    for name, value in options.get("metadata") or ():
        if name == header:
            return value  # type: ignore[no-any-return] # of the caller's pairs
    return None


def _earlier(
    inherited: float | None, timeout: float | None, now: float
) -> float | None:
    """Return the deadline: the caller's own, but never after the handler's."""
    if timeout is None:
        return inherited
    return now + timeout if inherited is None else min(inherited, now + timeout)
