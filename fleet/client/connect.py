"""From a target to a channel: the one place that wires the client together."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable

from fleet.client.balancer import Balancer
from fleet.client.budget import shared_budget
from fleet.client.channel import Channel
from fleet.client.config import ChannelConfig
from fleet.client.engine import open_connection
from fleet.client.health import follow
from fleet.client.peer import Peer, State
from fleet.client.peers import Peers
from fleet.discovery.lookup import Lookup
from fleet.discovery.target import lookup_for
from fleet.discovery.watch import Watch, watch

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def connect(
    target: str,
    config: ChannelConfig | None = None,
    *,
    lookup: Lookup | None = None,
) -> AsyncIterator[Channel]:
    """Open a channel to every task of *target* for the length of the block.

    It does not wait for an endpoint, so a client may start before its server.
    Leaving the block cancels the calls that are still running.

    Args:
        target: `dns://game-server.local:5000` asks the system's nameservers;
            `dns://127.0.0.1:5300/game-server.local:5000` asks that one;
            `fixed://10.0.0.1:5000,10.0.0.2:5000` is a list of addresses.
        config: Defaults suit a service in the same region.
        lookup: Asked instead of what *target* names; the target remains the
            name in messages and the key of the retry budget.

    Raises:
        BadTarget: The target cannot be read; the error shows one that can.
    """
    config = config or ChannelConfig()
    peers = Peers(
        functools.partial(open_connection, config=config.connection),
        functools.partial(_follow, config.health_service),
        on_trouble=lambda: watching.ask_again(),  # noqa: PLW0108 - bound below
    )

    def on_news(news: Watch) -> None:
        if news.answered:
            peers.update(news.endpoints)
        peers.wake()

    try:
        async with watch(lookup or lookup_for(target), on_news) as watching:
            yield Channel(
                Balancer(
                    target=target,
                    config=config,
                    peers=peers,
                    policy=config.policy(),
                    budget=shared_budget(
                        target, config.retry.budget_share, config.retry.budget_minimum
                    ),
                    known=watching,
                )
            )
    finally:
        await peers.close()


def _follow(
    service: str, peer: Peer, on_change: Callable[[Peer, State], None]
) -> "asyncio.Task[None]":
    """Start following *peer*; a bug there is loud."""
    task = asyncio.create_task(follow(peer, service, on_change))
    task.add_done_callback(_report)
    return task


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("bug while following an endpoint", exc_info=error)
