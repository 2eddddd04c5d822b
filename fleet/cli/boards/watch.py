"""`fleet ranking watch`."""

import argparse
import contextlib

from fleet.cli.boards.changes import print_change
from fleet.cli.boards.follow import Interrupted, follow
from fleet.cli.boards.numbers import Between
from fleet.cli.boards.stub import Stub, rankings
from fleet.cli.out import note
from fleet.cli.session import Session
from rpc.rpc_pb2 import WatchRankingRequest

EXAMPLE = """\
  fleet ranking watch daily --top 10
  fleet ranking watch daily --json | jq -c '[.entry.user_id, .entry.score]'"""

_MOST_RANKS = 2**31 - 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to watch, and from where on."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add(
        "--top",
        type=Between(1, _MOST_RANKS),
        default=0,
        metavar="N",
        help="only changes in the first N (all)",
    )
    add(
        "--resume",
        default="",
        metavar="TOKEN",
        help="go on after a row of --json that has this resume_token (now)",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print every change until Ctrl-C; a break is bridged with the last token."""
    request = WatchRankingRequest(
        board=options.board, resume_token=options.resume, top=options.top
    )
    async with rankings(options, session) as stub:
        await print_changes(stub, request, json=session.json)
    return 0


async def print_changes(
    stub: Stub, request: WatchRankingRequest, *, json: bool
) -> None:
    """Print what a watch tells, for ever."""
    began = False
    async with contextlib.aclosing(follow(stub, request)) as changes:
        async for told in changes:
            if not began and not json and not isinstance(told, Interrupted):
                note(f"watching {request.board} {told.period}; Ctrl-C ends it")
            began = True
            print_change(told, json=json)
