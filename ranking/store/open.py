"""A store for the length of a block."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial

from ranking.errors import BadStore
from ranking.store import sentinel
from ranking.store.address import Address
from ranking.store.cluster import ClusterStore
from ranking.store.node import Locate, Node, fixed
from ranking.store.options import StoreOptions
from ranking.store.parse import parse
from ranking.store.password import with_password
from ranking.store.single import SingleStore
from ranking.store.store import Store


@contextlib.asynccontextmanager
async def open_store(
    address: str, options: StoreOptions | None = None, *, password: str = ""
) -> AsyncIterator[Store]:
    """Connect to the store at *address* for the length of the block.

    A store that is not there yet does not hinder the block: calls are refused at
    once until it comes.

    Args:
        address: See `parse`.
        options: How it is used.
        password: For it, where the address has none.

    Raises:
        BadStore: The address is wrong, nobody lets us in with it, or the store is
            there and would lose scores.
    """
    parsed = with_password(parse(address), password)
    opened = _cluster if parsed.kind == "cluster" else _single
    async with opened(parsed, options or StoreOptions()) as store:
        yield store


@contextlib.asynccontextmanager
async def _single(address: Address, options: StoreOptions) -> AsyncIterator[Store]:
    node = Node(str(address), _locate(address, options), address.login, options)
    async with _running(node.run()):
        await _first([node.tried], options)
        _refuse(address, [*node.problems, *_misplaced(node, address)])
        yield SingleStore(node)


@contextlib.asynccontextmanager
async def _cluster(address: Address, options: StoreOptions) -> AsyncIterator[Store]:
    store = ClusterStore(address, options)
    async with _running(store.run()):
        await _first([store.slots.asked], options)
        nodes = [*store.slots.nodes.values()]
        await _first([node.tried for node in nodes], options)
        found = [f"{node.name}: {text}" for node in nodes for text in node.problems]
        _refuse(address, [*store.slots.problems, *found])
        yield store


def _locate(address: Address, options: StoreOptions) -> Locate:
    if address.kind == "sentinel":
        return partial(sentinel.locate, address, options)
    [place] = address.places
    return fixed(place)


def _misplaced(node: Node, address: Address) -> list[str]:
    """Return why one server is not the one to connect to."""
    if node.facts is None or address.kind != "server":
        return []  # sentinels may just be making a replica the master
    if not node.facts.is_master:
        return ["it is a replica; give the address of its primary"]
    if node.facts.is_cluster:
        return ["it is one node of a cluster; the address begins with redis+cluster"]
    return []


def _refuse(address: Address, problems: Sequence[str]) -> None:
    if problems:
        raise BadStore(str(address), problems)


async def _first(tried: Sequence[asyncio.Event], options: StoreOptions) -> None:
    """Wait for the first attempts to connect, but not for longer than one takes."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(options.connect_timeout_s):
            for event in tried:
                await event.wait()


@contextlib.asynccontextmanager
async def _running(forever: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(forever)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
