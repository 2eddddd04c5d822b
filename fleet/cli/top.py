"""`fleet top`."""

import argparse
import contextlib
import shutil
import sys
from collections.abc import AsyncIterator

from fleet.cli.boards.numbers import Between
from fleet.cli.out import row
from fleet.cli.session import Session
from fleet.cli.target import HELP, target_url
from fleet.cli.topping.frame import frame
from fleet.cli.topping.live import show
from fleet.cli.topping.pace import Pace
from fleet.cli.topping.places import Source, all_of, local, looked_up, patient
from fleet.cli.topping.poll import Poll
from fleet.cli.topping.snapshot import Snapshot
from fleet.discovery.target import lookup_for

EXAMPLE = """\
  fleet top
  fleet top game-server --every-s 5
  fleet top dns://game-server.local:5000 --metrics-port 9464
  fleet top --json | jq -c '.services[] | [.service, .total.p99_s]'"""

PORT = 9464
"""OpenTelemetry's own for a page of Prometheus."""
_LEAST_S, _MOST_S = 0.1, 3600.0
_WIDE = 1000
"""Columns of what is no terminal: nothing is left out."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whose tasks, how often, and whether to stay."""
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help=f"{HELP}; all where left out")
    add(
        "--every-s",
        type=seconds,
        default=1.0,
        metavar="SECONDS",
        help="between two readings (1)",
    )
    add("--once", action="store_true", help="print one table, or one JSON object")
    add(
        "--metrics-port",
        type=Between(1, 65535),
        default=PORT,
        metavar="N",
        help=f"of the pages of a target that is no service of the local fleet ({PORT})",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show what the tasks do: in the terminal, as a table, or as JSON."""
    capable = sys.stdout.isatty() and session.env.get("TERM") != "dumb"
    live = capable and not (options.once or session.json)
    async with _source(options, session, live=live) as source:
        poll = Poll(source)
        if live:
            return await show(poll, options.every_s, session.env)
        await poll()  # rates need two readings
        pace = Pace(options.every_s)
        await pace.wait()
        if session.json:
            await _print_objects(poll, pace, once=options.once)
        else:
            _print_table(await poll())
    return 0


@contextlib.asynccontextmanager
async def _source(
    options: argparse.Namespace, session: Session, *, live: bool
) -> AsyncIterator[Source]:
    """Yield where the tasks are of what was typed, in its order."""
    async with contextlib.AsyncExitStack() as stack:
        sources = []
        for target in options.targets:
            url = await target_url(target, session, called=False)
            if _is_service(target):
                sources.append(local(session, [target]))
                continue
            found = looked_up(target, lookup_for(url), options.metrics_port)
            sources.append(await stack.enter_async_context(found))
        source = all_of(sources or [local(session)])
        if live:
            await source()  # says what is wrong while that can be read
            source = patient(source)
        yield source


def _is_service(target: str) -> bool:
    return ":" not in target


async def _print_objects(poll: Poll, pace: Pace, *, once: bool) -> None:
    while True:
        row((await poll()).as_dict())
        if once:
            return
        await pace.wait()


def _print_table(now: Snapshot) -> None:
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    print(*(line.text for line in frame(now, (), columns)), sep="\n")


def seconds(text: str) -> float:
    """Parse seconds; argparse makes a usage error of the failure."""
    value = float(text)
    if not _LEAST_S <= value <= _MOST_S:
        problem = f"{text} is not {_LEAST_S:g} to {_MOST_S:g}"
        raise argparse.ArgumentTypeError(problem)
    return value
