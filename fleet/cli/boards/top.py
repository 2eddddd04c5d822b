"""`fleet ranking top`."""

import argparse
import sys

from fleet.cli.boards.entries import plain, print_entries
from fleet.cli.boards.live.view import show
from fleet.cli.boards.numbers import Between
from fleet.cli.boards.stub import Stub, rankings
from fleet.cli.boards.text import json_text
from fleet.cli.boards.watch import print_changes
from fleet.cli.out import note
from fleet.cli.session import Session
from fleet.errors import BadInput
from rpc.rpc_pb2 import ListRankingRequest, ListRankingResponse, WatchRankingRequest

EXAMPLE = """\
  fleet ranking top daily --count 20
  fleet ranking top daily --period 20181016
  fleet ranking top daily --live"""
MOST_ROWS = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which rows, and whether to stay."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("--period", default="", metavar="P", help="such as 20181016 (now)")
    add(
        "--count",
        type=Between(1, MOST_ROWS),
        default=10,
        metavar="N",
        help=f"rows, 1 to {MOST_ROWS} (10)",
    )
    add(
        "--live",
        action="store_true",
        help="stay, and redraw; a line per change where it is no terminal",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show the best of a board, once or until Ctrl-C."""
    if options.live and options.period:
        raise BadInput("--period", "--live shows the period that is now; leave it out")
    request = ListRankingRequest(
        board=options.board, period=options.period, page_size=options.count
    )
    async with rankings(options, session) as stub:
        if options.live:
            await _live(stub, request, session)
            return 0
        page = await stub.ListRanking(request)
    _print(options.board, page, json=session.json)
    return 0


async def _live(stub: Stub, request: ListRankingRequest, session: Session) -> None:
    if sys.stdout.isatty() and not session.json:
        await show(stub, request, session.env)
    else:
        watched = WatchRankingRequest(board=request.board, top=request.page_size)
        await print_changes(stub, watched, json=session.json)


def _print(board: str, page: ListRankingResponse, *, json: bool) -> None:
    if json:
        entries = [plain(entry) for entry in page.entries]
        print(
            json_text(
                {"period": page.period, "total": page.total, "entries": entries},
                indent=2,
            )
        )
        return
    users = "user" if page.total == 1 else "users"
    note(f"{board} {page.period}: {page.total:,} {users}")
    print_entries(page.entries)
