"""`fleet kill`."""

import argparse

from fleet.cli.running.act import act, task_argument
from fleet.cli.session import Session

EXAMPLE = "  fleet kill game-server-1"

arguments = task_argument


async def run(options: argparse.Namespace, session: Session) -> int:
    """Kill one task without warning; it is replaced."""
    return await act(session, "kill", options.task, "is dead")
