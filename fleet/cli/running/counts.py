"""`SERVICE=TASKS`, as it is typed."""

import argparse


def count(text: str) -> tuple[str, int]:
    """Parse `game-server=3`; argparse makes a usage error of the failure."""
    service, _, tasks = text.partition("=")
    if not service or not tasks.isascii() or not tasks.isdigit():
        problem = f"{text!r} is not like game-server=3"
        raise argparse.ArgumentTypeError(problem)
    return service, int(tasks)
