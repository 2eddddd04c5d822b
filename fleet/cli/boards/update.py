"""`fleet ranking update`."""

import argparse
import uuid

from fleet.cli.boards.entries import plain
from fleet.cli.boards.moments import EXAMPLE as EXAMPLE_MOMENT
from fleet.cli.boards.moments import stamp, typed_moment
from fleet.cli.boards.numbers import typed_whole
from fleet.cli.boards.stub import rankings
from fleet.cli.boards.text import json_text, safe
from fleet.cli.session import Session
from fleet.client.safety import safe_to_repeat
from rpc.rpc_pb2 import RankingUser, UpdateScoreRequest, UpdateScoreResponse

EXAMPLE = """\
  fleet ranking update daily ada 9000 --name Ada --grade GOLD
  fleet ranking update weekly ada -50"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the score."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("user", metavar="USER", help="their user id")
    add("score", type=typed_whole, metavar="SCORE", help="a whole number")
    add("--name", default="", metavar="NAME", help="to show instead of the id")
    add("--grade", default="", metavar="GRADE", help="such as GOLD")
    add(
        "--request-id",
        metavar="ID",
        help="a second update with the same one is not counted (a random one)",
    )
    add(
        "--at",
        type=typed_moment,
        metavar="TIME",
        help=f"when it was achieved, such as {EXAMPLE_MOMENT} (now)",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Report one score, and say what came of it."""
    request = _request(options)
    async with rankings(options, session) as stub:
        with safe_to_repeat():  # it has a request_id
            updated = await stub.UpdateScore(request)
    if session.json:
        print(
            json_text({"request_id": request.request_id, **_plain(updated)}, indent=2)
        )
    else:
        print(_words(options.board, updated))
    return 0


def _request(options: argparse.Namespace) -> UpdateScoreRequest:
    user = RankingUser(user_id=options.user, name=options.name, grade=options.grade)
    return UpdateScoreRequest(
        board=options.board,
        user=user,
        score=options.score,
        request_id=options.request_id or uuid.uuid4().hex,
        occurred_at=stamp(options.at) if options.at else None,
    )


def _words(board: str, updated: UpdateScoreResponse) -> str:
    entry = updated.entry
    outcome = "counted" if updated.changed else "the score that stands is as good"
    if updated.replayed:
        outcome = "already counted under this request id"
    return (
        f"{board} {updated.period}: {safe(entry.user.user_id)} has {entry.score},"
        f" rank {entry.rank:,} of {updated.total:,} ({outcome})"
    )


def _plain(updated: UpdateScoreResponse) -> dict[str, object]:
    return {
        "entry": plain(updated.entry),
        "changed": updated.changed,
        "replayed": updated.replayed,
        "total": updated.total,
        "percentile": updated.percentile,
        "period": updated.period,
    }
