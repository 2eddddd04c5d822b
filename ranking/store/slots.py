"""Which connected server has which slot of a cluster, kept up to date."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from ranking.store import topology
from ranking.store.address import Address, Place
from ranking.store.engine import Misconfigured, Unreachable
from ranking.store.node import Node, Redirect, fixed
from ranking.store.options import StoreOptions
from ranking.store.pipe import Gone
from ranking.store.topology import SLOTS, Share

log = logging.getLogger(__name__)

_LOOK_S = 0.5
"""How often a cluster that is not whole is asked whether it is again."""
_SHORTEST_S = 0.05
"""Between two questions, however many calls were MOVED meanwhile."""


class Nowhere:
    """The server of a slot that no server has."""

    def __init__(self) -> None:
        self.reads = self.writes = Gone("no server of the cluster has this slot")


_NOWHERE = Nowhere()


class Slots:
    """The slots of a cluster, and a node for every master.

    Attributes:
        asked: Set when the first attempt to get the map has ended, either way.
        problems: Why the cluster must not be used.
        nodes: Its masters, and others that calls were sent to.
    """

    def __init__(
        self,
        address: Address,
        options: StoreOptions,
        redirect: Callable[[Place], Redirect],
    ) -> None:
        self.asked = asyncio.Event()
        self.problems: list[str] = []
        self.nodes: dict[Place, Node] = {}
        self._address = address
        self._options = options
        self._redirect = redirect
        self._by_slot: list[Node | Nowhere] = [_NOWHERE] * SLOTS
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._mapped: set[Place] = set()
        self._used: set[Place] = set()
        self._complete = False
        self._stale = asyncio.Event()
        self._silent = False

    def __getitem__(self, slot: int) -> Node | Nowhere:
        return self._by_slot[slot]

    def moved(self, slot: int, place: Place) -> Node:
        """Remember where a slot is now, and ask for the others."""
        node = self._by_slot[slot] = self.node(place)
        self._mapped.add(place)
        self._stale.set()
        return node

    def node(self, place: Place) -> Node:
        """Return the node at *place*, which is being connected from now on."""
        self._used.add(place)
        if place not in self.nodes:
            node = Node(
                str(place),
                fixed(place),
                self._address.login,
                self._options,
                redirect=self._redirect(place),
            )
            self.nodes[place] = node
            self._tasks[place] = asyncio.create_task(node.run())
        return self.nodes[place]

    async def run(self) -> None:
        """Keep the map and the connections up to date, until cancelled."""
        try:
            while True:
                await self._refresh()
                self.asked.set()
                await asyncio.sleep(_SHORTEST_S)
                await self._until_stale()
        finally:
            await _end([*self._tasks.values()])

    async def _until_stale(self) -> None:
        while not self._stale.is_set():
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._stale.wait()
            except TimeoutError:
                await self._drop_unused()
                if not self._whole():
                    return

    def _whole(self) -> bool:
        return self._complete and all(node.connected for node in self.nodes.values())

    async def _refresh(self) -> None:
        self._stale.clear()
        connected = [place for place, node in self.nodes.items() if node.connected]
        reasons = []
        for place in dict.fromkeys([*connected, *self._address.places]):
            try:
                self._adopt(await self._ask(place))
            except Unreachable as error:
                reasons.append(str(error))
            else:
                return
        self._tell_silent("; ".join(reasons))

    async def _ask(self, place: Place) -> Sequence[Share]:
        try:
            return await topology.ask(place, self._address.login, self._options)
        except Misconfigured as error:
            self.problems = [str(error)]
            raise Unreachable(str(error)) from None
        except Unreachable:
            raise
        except Exception as error:  # nobody else would ever ask again
            log.exception("bug while asking %s for the slots", place)
            raise Unreachable(f"{place}: a bug") from error

    def _adopt(self, shares: Sequence[Share]) -> None:
        by_slot: list[Node | Nowhere] = [_NOWHERE] * SLOTS
        for first, last, place in shares:
            by_slot[first : last + 1] = [self.node(place)] * (last + 1 - first)
        self._by_slot = by_slot
        self._mapped = {share.place for share in shares}
        self._complete = _NOWHERE not in by_slot
        self._silent = False
        self.problems = []

    def _tell_silent(self, reason: str) -> None:
        if not self._silent:
            log.warning("the cluster %s does not answer: %s", self._address, reason)
        self._silent = True

    async def _drop_unused(self) -> None:
        """End the connections that nobody has needed since the last time."""
        unused = self.nodes.keys() - self._mapped - self._used
        self._used.clear()
        for place in unused:
            del self.nodes[place]
        await _end([self._tasks.pop(place) for place in unused])


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
