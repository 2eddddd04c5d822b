"""Rows of a board as a table, and as plain data for JSON."""

from collections.abc import Sequence
from typing import Any

from fleet.cli.boards.moments import exact, short
from fleet.cli.boards.text import aligned
from rpc.rpc_pb2 import RankingEntry

HEAD = ("RANK", "SHARED", "USER", "NAME", "GRADE", "SCORE", "ACHIEVED (UTC)")
NUMBERS = (0, 1, 5)
"""Columns of numbers, which end below each other."""


def cells(entry: RankingEntry) -> tuple[object, ...]:
    """Return what stands below `HEAD`."""
    user = entry.user
    return (
        entry.rank,
        entry.shared_rank,
        user.user_id,
        user.name,
        user.grade,
        entry.score,
        short(entry.achieved_at),
    )


def plain(entry: RankingEntry) -> dict[str, Any]:
    """Return *entry*, ready for JSON."""
    return {
        "rank": entry.rank,
        "shared_rank": entry.shared_rank,
        **submitted(entry),
    }


def submitted(entry: RankingEntry) -> dict[str, Any]:
    """Return what of *entry* can be imported again: all but the ranks."""
    return {
        "user_id": entry.user.user_id,
        "name": entry.user.name,
        "grade": entry.user.grade,
        "score": entry.score,
        "achieved_at": exact(entry.achieved_at),
    }


def print_entries(entries: Sequence[RankingEntry], own: str | None = None) -> None:
    """Print *entries* as a table; the row of the user *own* is marked."""
    rows: list[tuple[object, ...]] = [HEAD, *map(cells, entries)]
    if own is not None:
        marks = [">" if entry.user.user_id == own else "" for entry in entries]
        rows = [(mark, *row) for mark, row in zip(("", *marks), rows, strict=True)]
    right = [column + (own is not None) for column in NUMBERS]
    print(*aligned(rows, right), sep="\n")
