"""`fleet ranking`: one file of `fleet.cli.boards` per sub-command."""

import argparse
import importlib
from typing import TYPE_CHECKING, cast

from fleet.cli.destination import tls_arguments
from fleet.cli.session import Session
from fleet.cli.target import HELP

if TYPE_CHECKING:
    from fleet.cli.app import Command

EXAMPLE = """\
  fleet ranking update daily ada 9000 --name Ada --grade GOLD
  fleet ranking top daily --live
  fleet ranking export daily --period 20181016 daily.csv"""

_COMMANDS = {
    "boards": ("listing", "show the boards, their rules and their periods"),
    "top": ("top", "show the best of a board, live if you like"),
    "rank": ("rank", "show where one user stands"),
    "watch": ("watch", "print every change of a board as it happens"),
    "update": ("update", "report one score"),
    "import": ("importing", "report many scores out of a file; restartable"),
    "export": ("export", "write a whole board to a file"),
    "erase": ("erase", "forget a user"),
    "migrate": ("migrate", "turn a board of the original system into ours"),
}
_OWN_STORE = ("migrate",)
"""They talk to the store themselves, not to a server."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    commands = parser.add_subparsers(
        metavar="COMMAND", required=True, dest="subcommand"
    )
    for name, (_, text) in _COMMANDS.items():
        command = _load(name)
        mine = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"example:\n{command.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(mine)
        if name not in _OWN_STORE:
            mine.add_argument(
                "--target", default="game-server", metavar="TARGET", help=HELP
            )
            # Of a user, in one of them, and these shall be alike.
            tls_arguments(mine, name=False)
        _common(mine)


def _common(parser: argparse.ArgumentParser) -> None:
    # Left out where it is not typed, or it would undo `fleet ranking --json top`.
    out = argparse.SUPPRESS
    parser.add_argument("--json", action="store_true", default=out, help="print JSON")
    parser.add_argument(
        "--home", metavar="FOLDER", default=out, help="state folder (FLEET_HOME)"
    )


def _load(name: str) -> "Command":
    return cast(
        "Command", importlib.import_module(f"fleet.cli.boards.{_COMMANDS[name][0]}")
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Run the sub-command that was typed."""
    return await _load(options.subcommand).run(options, session)
