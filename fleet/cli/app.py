"""Finds the command that was typed, and runs it.

Exit codes: 0 done, 1 failed, 2 wrong usage. `fleet call` exits with 64 + code
for the status that a server answered.
"""

import argparse
import asyncio
import errno
import importlib
import os
import sys
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol, cast

from fleet.cli.out import complain
from fleet.cli.session import Session, home_of
from fleet.errors import BadConfig, BadInput, BadTarget, FleetError, Unknown

INTERRUPTED = 130

COMMANDS = {
    "up": "run the fleet on this machine until Ctrl-C",
    "down": "stop the running fleet",
    "ps": "show services and tasks",
    "logs": "print what tasks have printed",
    "scale": "change how many tasks a service has",
    "restart": "replace all tasks by new ones, as a deploy does",
    "stop": "drain one task; it is replaced",
    "kill": "kill one task; it is replaced",
    "freeze": "stop one task's process without ending it",
    "renew": "replace the certificates of a fleet with TLS",
    "top": "show tasks, calls and latency, live",
    "resolve": "print the endpoints of a target",
    "explain": "show what a channel thinks of every endpoint",
    "call": "call a method with JSON",
    "list": "list services, or the methods of one",
    "describe": "print the definition of a service, message or enum",
    "cost": "estimate what the deployed fleet costs a month, from its templates",
    "diagram": "draw the deployed fleet, from its templates",
    "ranking": "leaderboards: top, rank, watch, update, import, export and more",
}


class Command(Protocol):
    """What the file of each command has."""

    EXAMPLE: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(
        self, options: argparse.Namespace, session: Session
    ) -> Coroutine[Any, Any, int]:
        """Do it, and return the exit code."""
        ...


def main(argv: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run one command line in a loop of its own and return its exit code."""
    try:
        return asyncio.run(run(argv, env=env))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `fleet logs | head`: nobody reads on, and the interpreter would
        # complain when it flushes at its end.
        _write_no_more()
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        complain(f"cannot write: {error.strerror}")
        return 1


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def run(argv: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run one command line and return its exit code.

    grpc.aio does not take well to a second event loop in one process, so tests
    of several commands share a loop and call this.
    """
    name = next(iter(argv), "--help")
    if name not in COMMANDS and not name.startswith("-"):
        complain(Unknown("command", name, list(COMMANDS)))
        return 2
    command = _load(name) if name in COMMANDS else None
    try:
        options = _parser(name, command).parse_args(argv or ["--help"])
    except SystemExit as end:  # argparse: --help, or wrong usage
        return int(end.code or 0)
    assert command is not None  # noqa: S101 - else the parser has exited
    try:
        session = Session(env, home_of(options.home, env), json=options.json)
        return await command.run(options, session)
    except (BadInput, BadTarget, BadConfig) as error:
        complain(error)
        return 2
    except FleetError as error:
        complain(error)
        return 1


def _load(name: str) -> Command:
    # By name, so that `fleet --help` imports neither gRPC nor any command.
    return cast("Command", importlib.import_module(f"fleet.cli.{name}"))


def _parser(chosen: str, command: Command | None) -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="fleet", description="A fleet of gRPC services, on this machine or not."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        mine = name == chosen and command is not None
        parser = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"example:\n{command.EXAMPLE}" if mine and command else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if mine and command:
            command.arguments(parser)
            parser.add_argument("--json", action="store_true", help="print JSON")
            parser.add_argument(
                "--home", metavar="FOLDER", help="state folder (FLEET_HOME)"
            )
    return top
