"""`fleet down`."""

import argparse
import asyncio

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.errors import ControlFailed
from fleet.local.control.ask import ask

EXAMPLE = "  fleet down"

PATIENCE_S = 10.0
"""For the last steps, after every task has gone."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""
    del parser


async def run(options: argparse.Namespace, session: Session) -> int:
    """Stop the running fleet, and wait until it has ended."""
    del options
    try:
        await ask(session.home, "down", on_item=_progress)
    except ControlFailed:
        # It ended before it could answer, which is what was asked for.
        async with asyncio.timeout(PATIENCE_S):
            # Another process has no event that we could wait for.
            while not session.home.is_gone:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    if session.json:
        data({"stopped": True})
    return 0


def _progress(item: dict[str, int]) -> None:
    note(f"fleet: stopping, tasks left: {item['tasks']}")
