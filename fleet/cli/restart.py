"""`fleet restart`."""

import argparse

from fleet.cli.running.settle import settle
from fleet.cli.session import Session

EXAMPLE = "  fleet restart\n  fleet restart game-server --rolling"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the service and the way."""
    parser.add_argument("service", nargs="?", help="all where left out")
    parser.add_argument(
        "--rolling",
        action="store_true",
        help="one task after the other; else all new ones start before any leaves",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Replace all tasks by new ones, and wait until the old ones are gone."""
    return await settle(
        session, "restart", service=options.service, rolling=options.rolling
    )
