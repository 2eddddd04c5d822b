"""From a target to a channel."""

import contextlib
from collections.abc import AsyncIterator

from fleet.client.channel import Channel
from fleet.client.config import ChannelConfig
from fleet.client.parts import assembled
from fleet.client.secrets import secrets
from fleet.discovery.lookup import Lookup
from fleet.discovery.target import lookup_for
from fleet.discovery.watch import watch


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
        BadConfig: The certificates cannot be used.
    """
    config = config or ChannelConfig()
    asked = lookup or lookup_for(target)
    async with (
        secrets(config.tls, target) as known,
        assembled(target, config, known) as parts,
        watch(asked, parts.on_news) as watching,
        parts.tended(watching) as balancer,
    ):
        channel = Channel(balancer)
        if config.telemetry is not None:
            config.telemetry.watch(channel)
        yield channel
