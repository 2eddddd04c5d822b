"""`fleet up`."""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

from fleet.cli.out import note, row
from fleet.cli.running.counts import count
from fleet.cli.running.hints import hints
from fleet.cli.running.loglines import LogPrinter
from fleet.cli.running.options import local_arguments, local_options
from fleet.cli.running.signals import on_signals
from fleet.cli.running.startup import started, stopped
from fleet.cli.running.store import printable, store_address
from fleet.cli.session import Session
from fleet.errors import BadInput, Unknown
from fleet.local.control.report import report
from fleet.local.logs.journal import Follower
from fleet.local.plan import MOST_TASKS, ServicePlan, read_plan
from fleet.local.run import local_fleet
from fleet.local.tasks.supervisor import Supervisor

EXAMPLE = (
    "  fleet up --tasks game-server=3"
    "\n  fleet up --ttl 5 --propagation-s 5"
    "\n  fleet up --tls"
    "\n  fleet up --store redis://127.0.0.1:6379"
)

DATA = Path(".fleet/store")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what runs and where."""
    parser.add_argument(
        "--file", type=Path, default=Path("fleet.toml"), help="what runs (fleet.toml)"
    )
    parser.add_argument(
        "--tasks",
        type=count,
        nargs="+",
        action="extend",
        default=[],
        metavar="SERVICE=TASKS",
        help="other numbers than in the file",
    )
    parser.add_argument(
        "--store",
        metavar="ADDRESS",
        help="a Redis to use (FLEET_STORE); else the fleet starts a store of its own",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help=f"where its own store keeps its data ({DATA} beside the file)",
    )
    local_arguments(parser)


async def run(options: argparse.Namespace, session: Session) -> int:
    """Run the fleet until Ctrl-C, SIGTERM or `fleet down`."""
    plans = with_tasks(read_plan(options.file), options.tasks)
    where = replace(
        local_options(options),
        store=store_address(options.store or session.env.get("FLEET_STORE")),
        data=(options.data or options.file.parent / DATA).resolve(),
    )
    async with local_fleet(plans, where, session.home, session.env) as fleet:
        with on_signals(fleet), fleet.journal.follow() as follower:
            try:
                if await started(fleet):
                    _tell(fleet, session)
                    await _stream(fleet, follower, session)
            finally:
                await stopped(fleet)
    return 0


def with_tasks(
    plans: tuple[ServicePlan, ...], counts: list[tuple[str, int]]
) -> tuple[ServicePlan, ...]:
    """Return *plans* with the numbers of tasks in *counts*.

    Raises:
        BadInput: More tasks than there may be.
        Unknown: A service that the file does not have.
    """
    names = [plan.name for plan in plans]
    for name, tasks in counts:
        if name not in names:
            raise Unknown("service", name, names)
        if tasks > MOST_TASKS:
            raise BadInput(f"{name}={tasks}", f"allowed is 0 to {MOST_TASKS}")
    wanted = dict(counts)
    return tuple(replace(p, tasks=wanted.get(p.name, p.tasks)) for p in plans)


def _tell(fleet: Supervisor, session: Session) -> None:
    if session.json:
        row({"event": "ready", **printable(report(fleet))})
    else:
        note(hints(fleet, session.home))


async def _stream(fleet: Supervisor, follower: Follower, session: Session) -> None:
    """Print log lines until the fleet is told to stop."""
    printing = asyncio.create_task(_print(follower, session))
    stop = asyncio.create_task(fleet.stop_asked.wait())
    try:
        await asyncio.wait([printing, stop], return_when="FIRST_COMPLETED")
    finally:
        printing.cancel()
        stop.cancel()
        await asyncio.wait([printing, stop])
    if not printing.cancelled():
        printing.result()


async def _print(follower: Follower, session: Session) -> None:
    printer = LogPrinter(session.env, session.json)
    while True:
        for line in await follower.next():
            printer.line(line.as_dict())
