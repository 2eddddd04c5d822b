"""Changes of a board as lines: for people, or as JSON."""

from typing import Any

from fleet.cli.boards.entries import plain
from fleet.cli.boards.follow import Interrupted
from fleet.cli.boards.moments import short
from fleet.cli.boards.text import json_text, safe
from fleet.cli.out import note
from rpc.rpc_pb2 import WatchRankingResponse


def print_change(told: WatchRankingResponse | Interrupted, *, json: bool) -> None:
    """Print what a watch has told; what is not data goes to stderr."""
    if isinstance(told, Interrupted):
        note(f"fleet: reconnecting: {safe(told.reason)}")
    elif json:
        print(json_text(_plain(told)), flush=True)
    else:
        _print_words(told)


def _print_words(told: WatchRankingResponse) -> None:
    if told.missed:
        note(f"fleet: {_missed(told.missed)}; read the board again: fleet ranking top")
    if told.erased:
        print(f"{told.period}  rank {told.previous_rank:,} is erased", flush=True)
    elif told.HasField("entry"):
        print(_words(told), flush=True)


def _words(told: WatchRankingResponse) -> str:
    entry, user = told.entry, told.entry.user
    shown = " ".join(filter(None, (user.user_id, user.name, user.grade)))
    moved = f"rank {entry.rank:,}"
    if not told.previous_rank:
        moved += ", new"
    elif told.previous_rank != entry.rank:
        moved += f", was {told.previous_rank:,}"
    when = short(entry.achieved_at)
    return f"{told.period}  {when}  {entry.score}  {safe(shown)}  ({moved})"


def _missed(count: int) -> str:
    return f"{count:,} changes are not told" if count > 0 else "changes were lost"


def _plain(told: WatchRankingResponse) -> dict[str, Any]:
    return {
        "period": told.period,
        "entry": plain(told.entry) if told.HasField("entry") else None,
        "previous_rank": told.previous_rank,
        "erased": told.erased,
        "missed": told.missed,
        "resume_token": told.resume_token,
    }
