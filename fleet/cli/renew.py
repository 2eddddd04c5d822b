"""`fleet renew`."""

import argparse

from fleet.cli.out import data
from fleet.cli.session import Session
from fleet.local.control.ask import ask

EXAMPLE = "  fleet renew"


def arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""
    del parser


async def run(options: argparse.Namespace, session: Session) -> int:
    """Replace every certificate of the running fleet; tasks take them by themselves."""
    del options
    done = await ask(session.home, "renew")
    if session.json:
        data(done)
    else:
        print(f"certificates renewed: {done['renewed']}")
    return 0
