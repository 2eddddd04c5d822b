"""New certificates: a new connection beside each old one, without a failed call."""

import asyncio
import functools
from collections.abc import Callable

from fleet.client.engine import ChannelConnectivity, Connection
from fleet.client.peer import Link, Peer
from fleet.client.peers import Peers
from fleet.endpoint import Endpoint


class Renewal:
    """Replaces the connections of all peers when it is told to.

    gRPC fixes what a connection believes and presents when it is made. So each peer
    gets a second one; once that is up, new calls go there, and the first is closed
    when its last call has ended. One that does not come up changes nothing.
    """

    def __init__(self, peers: Peers, open_link: Callable[[Endpoint], Link]) -> None:
        self._peers = peers
        self._open = open_link
        self._running: dict[Peer, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """Renew every peer; what an earlier renewal has not done yet is dropped."""
        self.stop()
        for peer in self._peers:
            task = asyncio.create_task(self._renew(peer))
            self._running[peer] = task
            task.add_done_callback(functools.partial(self._done, peer))

    def stop(self) -> None:
        """Begin nothing more, and drop what is not connected yet."""
        for task in self._running.values():
            task.cancel()

    def _done(self, peer: Peer, task: "asyncio.Task[None]") -> None:
        if self._running.get(peer) is task:
            del self._running[peer]

    async def _renew(self, peer: Peer) -> None:
        link = self._open(peer.endpoint)
        try:
            await _connected(link.connection)
        except asyncio.CancelledError:
            await link.connection.close()
            raise
        await self._peers.relink(peer, link)


async def _connected(connection: Connection) -> None:
    while (state := connection.get_state(try_to_connect=True)) is not (
        ChannelConnectivity.READY
    ):
        await connection.wait_for_state_change(state)
