"""Follows one peer: connected or not, taking calls or saying goodbye."""

import asyncio
import logging
from collections.abc import Callable

from fleet.client.engine import (
    ChannelConnectivity,
    RpcFailed,
    StatusCode,
    watch_health,
)
from fleet.client.peer import Peer, State

log = logging.getLogger(__name__)

PAUSE_S = 0.05
"""Between two health streams, so that a server which ends each at once is not
asked in a tight loop."""


async def follow(
    peer: Peer, service: str, on_change: Callable[[Peer, State], None]
) -> None:
    """Keep *peer.state* true until cancelled.

    The health stream is also what connects the peer and what notices that the
    connection broke. The first stream fails as soon as connecting has failed,
    so that callers learn it; the following ones wait in silence while gRPC
    tries again with its back-off.

    Args:
        peer: Its connection is used, its state is set.
        service: Asked of the health service. A server without that service
            counts as healthy while it is connected; one which has it and does
            not know the name does not.
        on_change: Called with the peer and the state that it left.
    """
    patient = False
    while True:
        try:
            call = watch_health(peer.connection, service, wait_for_ready=patient)
            async for serving in call:
                state = State.READY if serving else State.NOT_SERVING
                _change(peer, state, on_change)
            reason = "the health stream ended"
        except RpcFailed as error:
            reason = error.details() or error.code().name
            if error.code() is StatusCode.UNIMPLEMENTED:
                _change(peer, State.READY, on_change)
                await _disconnected(peer)
                reason = "the connection broke"
        patient = not peer.state.connected
        peer.last_error = reason
        _change(peer, State.FAILING if patient else State.CONNECTING, on_change)
        await asyncio.sleep(PAUSE_S)


def _change(peer: Peer, state: State, on_change: Callable[[Peer, State], None]) -> None:
    if state is not peer.state:
        before, peer.state = peer.state, state
        on_change(peer, before)


async def _disconnected(peer: Peer) -> None:
    """Wait until the connection of *peer* is no longer ready."""
    state = ChannelConnectivity.READY
    while state is ChannelConnectivity.READY:
        await peer.connection.wait_for_state_change(state)
        state = peer.connection.get_state()
