"""`fleet explain`."""

import argparse
import asyncio
import contextlib

from fleet.cli.destination import opened, tls_arguments
from fleet.cli.out import data
from fleet.cli.session import Session
from fleet.cli.target import HELP
from fleet.client.channel import Channel
from fleet.client.peer import State

EXAMPLE = "  fleet explain game-server"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the target, and how long it may take to connect."""
    parser.add_argument("target", metavar="TARGET", help=HELP)
    parser.add_argument(
        "--timeout-s", type=float, default=3.0, help="for connecting (3)"
    )
    tls_arguments(parser)


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show what a new channel thinks of every endpoint; 1 where none is picked."""
    async with opened(options, session) as wire:
        channel = wire.channel
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(options.timeout_s):
                await _settled(channel)
        explanation = channel.explain()
    if session.json:
        data(explanation.as_dict())
    else:
        print(explanation)
    return 0 if any(row.picked for row in explanation.rows) else 1


async def _settled(channel: Channel) -> None:
    """Wait until every endpoint that was found has been tried."""
    await channel.channel_ready()
    # The channel tells when one endpoint is ready, not when all are.
    while any(r.state == State.CONNECTING.value for r in channel.explain().rows):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
