"""`fleet ranking rank`."""

import argparse

from fleet.cli.boards.entries import plain, print_entries
from fleet.cli.boards.numbers import Between
from fleet.cli.boards.stub import rankings
from fleet.cli.boards.text import json_text, safe
from fleet.cli.out import note
from fleet.cli.session import Session
from rpc.rpc_pb2 import GetRankRequest, GetRankResponse

EXAMPLE = "  fleet ranking rank daily ada --neighbours 3"
MOST_NEIGHBOURS = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom to look for."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("user", metavar="USER", help="their user id")
    add(
        "--neighbours",
        type=Between(0, MOST_NEIGHBOURS),
        default=3,
        metavar="N",
        help="rows above and below (3)",
    )
    add("--period", default="", metavar="P", help="such as 20181016 (now)")


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show where one user stands, and who is near."""
    request = GetRankRequest(
        board=options.board,
        period=options.period,
        user_id=options.user,
        neighbours=options.neighbours,
    )
    async with rankings(options, session) as stub:
        found = await stub.GetRank(request)
    if session.json:
        print(json_text(_plain(found), indent=2))
        return 0
    entry = found.entry
    note(
        f"{options.board} {found.period}: {safe(entry.user.user_id)} is"
        f" {entry.rank:,} of {found.total:,}, as good as or better than"
        f" {found.percentile:.4g} %"
    )
    print_entries(found.around or [entry], own=entry.user.user_id)
    return 0


def _plain(found: GetRankResponse) -> dict[str, object]:
    return {
        "period": found.period,
        "total": found.total,
        "percentile": found.percentile,
        "entry": plain(found.entry),
        "around": [plain(entry) for entry in found.around],
    }
