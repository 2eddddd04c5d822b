"""`fleet ranking boards`."""

import argparse
from typing import Any

from google.protobuf.json_format import MessageToDict

from fleet.cli.boards.numbers import MOST
from fleet.cli.boards.stub import rankings
from fleet.cli.boards.text import aligned, json_text
from fleet.cli.session import Session
from rpc.rpc_pb2 import Board, Empty

EXAMPLE = "  fleet ranking boards\n  fleet ranking boards --json | jq -r '.[].name'"

_HEAD = (
    "NAME",
    "PERIOD",
    "NOW",
    "TIME ZONE",
    "OPERATOR",
    "ORDER",
    "SCORES",
    "DAYS KEPT",
    "GRACE",
    "GRADES",
    "SHARDS",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""
    del parser


async def run(options: argparse.Namespace, session: Session) -> int:
    """Show the boards that the server has."""
    async with rankings(options, session) as stub:
        boards = (await stub.ListBoards(Empty())).boards
    if session.json:
        print(json_text([_plain(board) for board in boards], indent=2))
    else:
        print(*aligned([_HEAD, *map(_cells, boards)]), sep="\n")
    return 0


def _plain(board: Board) -> dict[str, Any]:
    told: dict[str, Any] = MessageToDict(
        board,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
    # Protobuf's JSON has 64-bit numbers as strings, and these fit in a double.
    return told | {"lowest": board.lowest, "highest": board.highest}


def _cells(board: Board) -> tuple[object, ...]:
    return (
        board.name,
        board.period,
        board.current_period,
        board.time_zone,
        board.operator,
        board.order,
        _bounds(board.lowest, board.highest),
        board.days_kept or "for ever",
        f"{board.grace_s} s",
        " ".join(board.grades) or "any",
        board.shards,
    )


def _bounds(lowest: int, highest: int) -> str:
    if (lowest, highest) == (-MOST, MOST):
        return "any"
    low = "" if lowest == -MOST else str(lowest)
    high = "" if highest == MOST else str(highest)
    return f"{low}..{high}"
