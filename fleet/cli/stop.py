"""`fleet stop`."""

import argparse

from fleet.cli.running.act import act, task_argument
from fleet.cli.session import Session

EXAMPLE = "  fleet stop game-server-1"

arguments = task_argument


async def run(options: argparse.Namespace, session: Session) -> int:
    """Drain one task: no new calls, those in flight finish; it is replaced."""
    return await act(session, "stop", options.task, "has left")
