"""`fleet logs`."""

import argparse

from fleet.cli.running.loglines import LogPrinter
from fleet.cli.session import Session
from fleet.local.control.ask import ask

EXAMPLE = "  fleet logs game-server-1 --follow --lines 20"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the task, how much of it, and whether to stay."""
    parser.add_argument("task", nargs="?", metavar="TASK", help="all where left out")
    parser.add_argument(
        "--lines", type=int, default=100, metavar="N", help="the last N (100)"
    )
    parser.add_argument(
        "--follow", "-f", action="store_true", help="go on until Ctrl-C"
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print what tasks have printed."""
    await ask(
        session.home,
        "logs",
        on_item=LogPrinter(session.env, session.json).line,
        task=options.task,
        lines=options.lines,
        follow=options.follow,
    )
    return 0
