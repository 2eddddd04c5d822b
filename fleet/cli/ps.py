"""`fleet ps`."""

import argparse

from fleet.cli.out import data, note, table
from fleet.cli.running.store import printable, store_line
from fleet.cli.session import Session
from fleet.local.control.ask import ask

EXAMPLE = "  fleet ps --json | jq -r '.services[].tasks[].endpoint'"


def arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""
    del parser


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show services, tasks and the store."""
    del options
    report = printable(await ask(session.home, "ps"))
    if session.json:
        data(report)
        return 0
    for service in report["services"]:
        note(
            f"{service['service']}: {service['healthy']} of {service['desired']}"
            f" healthy, {service['target']}"
        )
    if report["store"]:
        note(store_line(report["store"]))
    head = ("TASK", "STATE", "ENDPOINT", "PID", "AGE", "LAST PROBE")
    tasks = [task for service in report["services"] for task in service["tasks"]]
    table(head, [_row(task) for task in tasks])
    return 0


def _row(task: dict[str, object]) -> tuple[object, ...]:
    age = f"{task['age_s']} s"
    probe = task["problem"] or "ok"
    return task["task"], task["state"], task["endpoint"], task["pid"], age, probe
