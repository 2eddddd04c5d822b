"""Commands that do something to one task."""

import argparse

from fleet.cli.out import data
from fleet.cli.session import Session
from fleet.local.control.ask import ask


def task_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the task."""
    parser.add_argument("task", metavar="TASK", help="such as game-server-1, or store")


async def act(session: Session, command: str, task: str, done: str) -> int:
    """Send *command* for *task*, and say that it is *done*."""
    result = await ask(session.home, command, task=task)
    if session.json:
        data(result)
    else:
        print(task, done)
    return 0
