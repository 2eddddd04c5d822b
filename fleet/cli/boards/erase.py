"""`fleet ranking erase`."""

import argparse
import sys

from fleet.cli.boards.stub import rankings
from fleet.cli.boards.text import json_text, safe
from fleet.cli.session import Session
from fleet.errors import BadInput
from rpc.rpc_pb2 import EraseUserRequest

EXAMPLE = "  fleet ranking erase ada --board daily --yes"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom to forget, and where."""
    add = parser.add_argument
    add("user", metavar="USER", help="their user id")
    add("--board", default="", metavar="B", help="only there (every board)")
    add("--yes", action="store_true", help="do not ask")


async def run(options: argparse.Namespace, session: Session) -> int:
    """Forget a user in every period that is kept; there is no way back."""
    where = f"the board {options.board}" if options.board else "every board"
    if not options.yes and not _agreed(f"{safe(options.user)} on {where}"):
        return 1
    request = EraseUserRequest(user_id=options.user, board=options.board)
    async with rankings(options, session) as stub:
        erased = (await stub.EraseUser(request)).erased
    if session.json:
        print(json_text({"user_id": options.user, "erased": erased}, indent=2))
    else:
        print(f"{safe(options.user)}: {erased} rows erased on {where}")
    return 0


def _agreed(what: str) -> bool:
    """Ask on the terminal.

    Raises:
        BadInput: Nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise BadInput("erase", f"would forget {what}; to do it, add --yes")
    print(
        f"forget {what}, in every period? [y/N] ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")
