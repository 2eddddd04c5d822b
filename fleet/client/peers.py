"""The peers of one channel: who is there, who can be called, who waits for one."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator

from fleet.client.peer import Link, Peer, State
from fleet.endpoint import Endpoint

log = logging.getLogger(__name__)

Follow = Callable[[Peer, Callable[[Peer, State], None]], "asyncio.Task[None]"]
"""Starts the task that keeps a peer's state true."""


class Peers:
    """Every peer of a channel, and the ones to choose from.

    Attributes:
        ready: What a policy chooses from, best known group first: members that
            are ready; else members that leave the answer only now and are still
            connected (the new ones are not connected yet); else tasks that said
            goodbye but still answer, because refusing to call those would turn
            a deploy of all tasks at once into an outage. Replaced whole.
        closed: Nobody is called, and nobody joins, any more.
        on_trouble: Called when a peer says goodbye or loses its connection.
        on_refresh: Called when `ready` has been made anew.
    """

    def __init__(
        self,
        make: Callable[[Endpoint, Callable[[Peer], None]], Peer],
        follow: Follow,
        on_trouble: Callable[[], None],
        on_refresh: Callable[[], None],
    ) -> None:
        self.ready: tuple[Peer, ...] = ()
        self.closed = False
        self._make = make
        self._follow = follow
        self._on_trouble = on_trouble
        self._on_refresh = on_refresh
        self._peers: dict[Endpoint, Peer] = {}
        self._followers: dict[Peer, asyncio.Task[None]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._waiters: set[asyncio.Future[None]] = set()

    def __iter__(self) -> Iterator[Peer]:
        """Iterate over every peer, leaving ones included, in order of address."""
        return iter([self._peers[endpoint] for endpoint in sorted(self._peers)])

    def everybody(self) -> Collection[Peer]:
        """Return every peer, leaving ones included."""
        return self._peers.values()

    @property
    def members(self) -> list[Peer]:
        """The peers that discovery lists."""
        return [peer for peer in self._peers.values() if not peer.leaving]

    def update(self, endpoints: frozenset[Endpoint]) -> None:
        """Follow discovery: connect to new endpoints, let the others leave.

        A peer that stays keeps its connection, and one that comes back while it
        is leaving too.
        """
        if self.closed:
            return
        for endpoint in endpoints - self._peers.keys():
            self._join(endpoint)
        for endpoint, peer in self._peers.items():
            peer.leaving = endpoint not in endpoints
        for endpoint in endpoints:
            # Equal, but its zone or its weight may have changed.
            self._peers[endpoint].endpoint = endpoint
        self._refresh()

    def changed(self) -> "asyncio.Future[None]":
        """Return a future that is done at the next change of any peer."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        waiter.add_done_callback(self._waiters.discard)
        return waiter

    def wake(self) -> None:
        """Let everybody who waits for a peer look again."""
        for waiter in list(self._waiters):
            if not waiter.done():
                waiter.set_result(None)

    async def close(self, grace_s: float | None = None) -> None:
        """Close every connection; cancel the calls not ended in *grace_s*."""
        self.closed = True
        for peer in list(self._peers.values()):
            self._retire(peer, grace_s)
        self.ready = ()
        self._on_refresh()
        self.wake()
        if self._closing:
            await asyncio.wait(self._closing)

    async def relink(self, peer: Peer, link: Link) -> None:
        """Have *peer* use another connection, which is up; the old one empties."""
        if self.closed or self._peers.get(peer.endpoint) is not peer:
            await link.connection.close()
            return
        old, peer.link = peer.link, link
        follower = self._followers[peer]
        self._followers[peer] = self._follow(peer, self._on_change)
        follower.cancel()
        if old.in_flight:
            old.on_idle = self._drop
        else:
            self._drop(old)

    def _drop(self, link: Link) -> None:
        task = asyncio.create_task(link.connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _join(self, endpoint: Endpoint) -> None:
        peer = self._make(endpoint, self._on_idle)
        self._peers[endpoint] = peer
        self._followers[peer] = self._follow(peer, self._on_change)

    def _on_change(self, peer: Peer, before: State) -> None:
        log.info("%s is %s, was %s", peer.endpoint, peer.state.value, before.value)
        self._warm_up(peer)
        self._refresh()
        if before.connected and not peer.leaving:
            self._on_trouble()

    def _warm_up(self, peer: Peer) -> None:
        """Begin slow start with who is new; a mere reconnect is to who was there."""
        if peer.state is State.FAILING:
            peer.ready_since = 0.0
        elif peer.state is State.READY and not peer.ready_since:
            peer.ready_since = now = time.monotonic()
            if peer.record is not None:
                # Another task, perhaps: it is tried at once.
                peer.record.until = min(peer.record.until, now)

    def _on_idle(self, _peer: Peer) -> None:
        self._refresh()

    def _refresh(self) -> None:
        """Choose the ready ones anew, and close what is no longer needed."""
        if self.closed:
            return
        members = self.members
        serving = [peer for peer in members if peer.state is State.READY]
        for peer in [p for p in self._peers.values() if p.leaving and p.idle]:
            if serving or not members or not peer.state.connected:
                self._retire(peer)
        self.ready = tuple(serving or (self._second_best() if members else ()))
        self._on_refresh()
        self.wake()

    def _second_best(self) -> list[Peer]:
        """Return who is called while no member is ready."""
        connected = [peer for peer in self._peers.values() if peer.state.connected]
        ready = [peer for peer in connected if peer.state is State.READY]
        return ready or connected

    def _retire(self, peer: Peer, grace_s: float | None = None) -> None:
        del self._peers[peer.endpoint]
        peer.send_away()
        follower = self._followers.pop(peer)
        task = asyncio.create_task(_close(peer, follower, grace_s))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close(
    peer: Peer, follower: "asyncio.Task[None]", grace_s: float | None
) -> None:
    follower.cancel()
    await asyncio.wait([follower])
    await peer.connection.close(grace_s)
