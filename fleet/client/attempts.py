"""One call as a row of attempts, each on one peer, under one deadline."""

import asyncio
import functools
import time
from typing import Any, ClassVar

from fleet import deadline as handling
from fleet.client.attempt import Attempt
from fleet.client.engine import CallFailed, Pairs, RpcFailed, StatusCode, aio
from fleet.client.judge import deadline_passed
from fleet.client.method import Method
from fleet.client.overload.pushback import Pushback, pushback
from fleet.client.peer import Peer
from fleet.client.retry import pause_s
from fleet.client.safety import marked_safe
from fleet.client.waiting import Waits

Options = dict[str, Any]
"""What a stub passes on as it is: metadata, credentials, compression."""

monotonic = time.monotonic

STREAM_TRIAL_S = 1.0
"""For so long a stream without an answer keeps others from trying its task."""

CANCELLED: int = StatusCode.CANCELLED.value[0]


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

    def _succeeded(self) -> None:
        """Tell what the attempt that gave the answer says about its peer."""
        attempt, now = self._attempt, monotonic()
        if attempt is not None:
            traits = self._method.traits
            self._balancer.judge.good(attempt, traits, now, timed=not self.stream)
            self._attempt_ended(attempt, 0, now)

    def _again(self, error: RpcFailed) -> None:
        """Drop the failed attempt so that another follows, or raise *error*."""
        attempt = self._attempt
        if attempt is None or isinstance(error, CallFailed):
            raise error
        said = self.failed(attempt, error)
        attempts = len(self._tried) + 1
        pause = self._pause(said, attempts)
        if not self._may_repeat(error, said, attempts, pause):
            raise error
        self._tried = (*self._tried, attempt.peer)
        self._not_before = monotonic() + pause
        self._inner = self._attempt = None

    def failed(self, attempt: Attempt, error: RpcFailed) -> Pushback:
        """Tell what the failure of *attempt* says about its peer."""
        balancer, now = self._balancer, monotonic()
        said = pushback(error.trailing_metadata() or ())
        traits, timed = self._method.traits, not self.stream
        if not balancer.judge.bad(attempt, error, said, now):
            balancer.judge.good(attempt, traits, now, timed=timed)
        if not self.stream and deadline_passed(error):
            balancer.judge.late(attempt, traits, now, deadline=True)
        self._attempt_ended(attempt, error.code().value[0], now)
        return said

    def _pause(self, said: Pushback, attempts: int) -> float:
        """Return the seconds until the next attempt."""
        pause = pause_s(self._balancer.config.retry, attempts)
        if said.delay_s is None:
            return pause
        if said.overloaded and len(self._balancer.chooser.main) > attempts:
            return pause  # somebody else has time, perhaps
        return max(pause, said.delay_s)

    def _may_repeat(
        self, error: RpcFailed, said: Pushback, attempts: int, pause: float
    ) -> bool:
        left = self._left()
        if not self.repeatable or self._sealed or self._cancelled:
            return False
        if left is not None and left <= pause:
            return False
        return self._balancer.may_repeat(
            error, said, safe=self._safe, attempts=attempts
        )

    def given_up(self, attempt: Attempt) -> None:
        """Learn from an attempt whose end nobody waits for."""
        now = monotonic()
        if not self.stream:
            traits = self._method.traits
            self._balancer.judge.late(attempt, traits, now, deadline=False)
        self._balancer.judge.abandoned(attempt, now)
        self._attempt_ended(attempt, CANCELLED, now)

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

    def _attempt_ended(self, attempt: Attempt, status: int, now: float) -> None:
        if attempt.seen is not None:
            self._seen.attempt_ended(attempt.seen, status, now)
            attempt.seen = None

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
