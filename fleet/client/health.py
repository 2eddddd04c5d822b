"""Follows one peer: connected or not, taking calls or saying goodbye."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fleet.client.engine import (
    ChannelConnectivity,
    RpcFailed,
    StatusCode,
    watch_health,
)
from fleet.client.peer import Peer, State
from fleet.endpoint import Endpoint

OnChange = Callable[[Peer, State], None]
Why = Callable[[Endpoint, str], Awaitable[str]]

STABLE_S = 1.0
"""A stream that lived so long is opened again at once when it ends."""
PAUSE_S = 0.05
"""After one that lived shorter; doubles up to one of the two lines below, so that
nobody is asked in a tight loop."""
LONGEST_LOST_S = 1.0
LONGEST_REFUSED_S = 5.0


@dataclass(frozen=True, slots=True)
class _End:
    """How one health stream ended."""

    reason: str
    connected: bool
    """Only the stream ended; the connection stands."""
    final: bool = False
    """There is no health service; asking again on this connection is in vain."""


async def follow(
    peer: Peer, service: str, on_change: OnChange, why: Why | None = None
) -> None:
    """Keep *peer.state* true until cancelled.

    The health stream is also what connects the peer, and it lives no longer
    than the connection: a server that sends its callers away without a goodbye
    keeps old streams, but takes no new call. The first stream fails as soon as
    connecting has failed, so that callers learn it; the following ones wait in
    silence while gRPC tries again with its back-off.

    Args:
        peer: Its connection is used, its state is set.
        service: Asked of the health service. A server that has none, or does
            not let us ask, counts as healthy while it is connected; one which
            does not know the name does not.
        on_change: Called with the peer and the state that it left.
        why: Asked for better words when a connection has failed.
    """
    now = asyncio.get_running_loop().time
    patient, pause_s = False, 0.0
    while True:
        began = now()
        end = await _stream(peer, service, on_change, wait_for_ready=patient)
        pause_s = _pause(pause_s, now() - began, end)
        peer.last_error = end.reason
        if why is not None and not end.connected:
            peer.last_error = await why(peer.endpoint, end.reason)
        if end.connected:
            if not peer.state.connected:
                _change(peer, State.READY, on_change)
            if not await _disconnected(peer, None if end.final else pause_s):
                continue
        patient = not peer.state.connected
        _change(peer, State.FAILING if patient else State.CONNECTING, on_change)
        if not end.connected:
            await asyncio.sleep(pause_s)


def _pause(last_s: float, lived_s: float, end: _End) -> float:
    if lived_s >= STABLE_S:
        return 0.0
    longest = LONGEST_REFUSED_S if end.connected else LONGEST_LOST_S
    return min(max(2 * last_s, PAUSE_S), longest)


async def _stream(
    peer: Peer, service: str, on_change: OnChange, *, wait_for_ready: bool
) -> _End:
    """Read one health stream until it ends or its connection does."""
    answered = asyncio.Event()

    async def read() -> None:
        stream = watch_health(peer.connection, service, wait_for_ready=wait_for_ready)
        async for serving in stream:
            _change(peer, State.READY if serving else State.NOT_SERVING, on_change)
            answered.set()

    async def leave() -> None:
        await answered.wait()
        await _disconnected(peer, None)

    tasks = reading, leaving = asyncio.create_task(read()), asyncio.create_task(leave())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            return _End("the connection was closed", connected=False)
        reading.result()
    except RpcFailed as error:
        return _end(error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait([reading, leaving])
    return _End("the health stream ended", connected=True)


def _end(error: RpcFailed) -> _End:
    reason = f"health: {error.code().name}: {error.details()}"
    if error.code() is StatusCode.UNAVAILABLE:
        return _End(error.details() or reason, connected=False)
    final = error.code() is StatusCode.UNIMPLEMENTED
    return _End("" if final else reason, connected=True, final=final)


def _change(peer: Peer, state: State, on_change: OnChange) -> None:
    if state is not peer.state:
        before, peer.state = peer.state, state
        on_change(peer, before)


async def _disconnected(peer: Peer, limit_s: float | None) -> bool:
    """Wait until the connection is no longer ready; false: not within *limit_s*."""
    state = ChannelConnectivity.READY
    try:
        async with asyncio.timeout(limit_s):
            while state is ChannelConnectivity.READY:
                await peer.connection.wait_for_state_change(state)
                state = peer.connection.get_state()
    except TimeoutError:
        return False
    return True
