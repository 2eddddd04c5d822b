"""A store that is a cluster: every call to its slot's server, and after it."""

import asyncio
from collections.abc import Sequence
from functools import partial

from ranking.store.address import Address, Place
from ranking.store.engine import key_slot
from ranking.store.node import Node
from ranking.store.options import StoreOptions
from ranking.store.pipe import Future, Gone, Sent
from ranking.store.replies import unavailable
from ranking.store.scan import scan
from ranking.store.single import script_words
from ranking.store.slots import Nowhere, Slots
from ranking.store.store import Script, Word
from ranking.store.topology import place_of

_MOST_HOPS = 5
_CLOSED = Gone("the store is closed")


class ClusterStore:
    """A `Store` that is a cluster.

    Attributes:
        slots: Its map, which somebody has to `run`.
    """

    def __init__(self, address: Address, options: StoreOptions) -> None:
        self.slots = Slots(
            address, options, lambda asked: partial(self._redirect, asked)
        )
        self._following: set[asyncio.Task[None]] = set()

    def read(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> Future:
        """Run a script that writes nothing, where its first key is."""
        way = self._having(keys[0]).reads
        return way.send(script_words(script, keys, args), script)

    def write(
        self, script: Script, keys: Sequence[Word], args: Sequence[Word]
    ) -> Future:
        """Run a script where its first key is, and answer when it is durable."""
        way = self._having(keys[0]).writes
        return way.send(script_words(script, keys, args), script)

    def command(self, key: Word, *words: Word) -> Future:
        """Run one command where *key* is."""
        return self._having(key).reads.send(words)

    async def scan(self, pattern: str) -> list[str]:
        """Return the keys of every master that match."""
        nodes = [*self.slots.nodes.values()]
        found = await asyncio.gather(*(scan(node, pattern) for node in nodes))
        return sorted({key for keys in found for key in keys})

    async def run(self) -> None:
        """Keep the map up to date, until cancelled."""
        try:
            await self.slots.run()
        finally:
            for following in [*self._following]:
                following.cancel()
            if self._following:
                await asyncio.wait(self._following)

    def _having(self, key: Word) -> Node | Nowhere:
        return self.slots[key_slot(key if type(key) is bytes else str(key).encode())]

    def _redirect(self, asked: Place, sent: Sent, text: str, *, writes: bool) -> None:
        future, words, script, hops = sent
        if hops == _MOST_HOPS:
            future.set_exception(unavailable("the cluster's servers do not agree"))
            return
        kind, slot, where = text.split()
        host, _, port = where.rpartition(":")
        place = place_of(host.encode(), int(port), asked)
        if kind == "ASK" and script is not None:
            # If it did not know the script, it would have to be asked once more.
            words, script = ("EVAL", script.source, *words[2:]), None
        again = (future, words, script, hops + 1)
        if kind == "ASK":
            self._go_on(self.slots.node(place), again, asking=True, writes=writes)
        else:
            self._go_on(self.slots.moved(int(slot), place), again, writes=writes)

    def _go_on(
        self, node: Node, sent: Sent, *, writes: bool, asking: bool = False
    ) -> None:
        """Send a call to *node*, which may have to be connected first."""

        async def follow() -> None:
            await node.tried.wait()
            way = node.writes if writes else node.reads
            if asking:
                way.send(("ASKING",)).cancel()
            way.put(sent)

        def followed(task: asyncio.Task[None]) -> None:
            self._following.discard(task)
            if task.cancelled():
                _CLOSED.put(sent)

        following = asyncio.create_task(follow())
        self._following.add(following)
        following.add_done_callback(followed)
