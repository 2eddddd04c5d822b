"""`fleet freeze`."""

import argparse

from fleet.cli.running.act import act, task_argument
from fleet.cli.session import Session

EXAMPLE = "  fleet freeze game-server-1"

arguments = task_argument


async def run(options: argparse.Namespace, session: Session) -> int:
    """Stop a task's process: it answers nobody until its health checks replace it."""
    return await act(session, "freeze", options.task, "is frozen")
