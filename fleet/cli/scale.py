"""`fleet scale`."""

import argparse

from fleet.cli.running.counts import count
from fleet.cli.running.settle import settle
from fleet.cli.session import Session

EXAMPLE = "  fleet scale game-server=5"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the new number."""
    parser.add_argument("count", type=count, metavar="SERVICE=TASKS")


async def run(options: argparse.Namespace, session: Session) -> int:
    """Change how many tasks a service has, and wait until it has them."""
    service, tasks = options.count
    return await settle(session, "scale", service=service, tasks=tasks)
