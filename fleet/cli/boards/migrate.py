"""`fleet ranking migrate`."""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.cli.boards.text import aligned, json_text, safe
from fleet.cli.out import note
from fleet.cli.progress import ProgressLine
from fleet.cli.session import Session
from fleet.errors import BadConfig, BadInput, FleetError, Unknown
from fleet.local.control.ask import ask

if TYPE_CHECKING:
    from ranking.migrate import Report
    from ranking.spec import BoardSpec

EXAMPLE = """\
  fleet ranking migrate daily --period 20181016
  fleet ranking migrate daily --store redis://127.0.0.1:6379

The original kept a row for every name and grade that a user ever had; one row for
each user is kept. Readers see the old board or the new one. The original's writers
must have stopped before the end, as the new rows mean nothing to them."""
MOST_TOLD = 20
"""Merges and skipped rows that are printed; --json has all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which key is turned into ours, and where it is."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("--period", default="", metavar="P", help="such as 20181016 (now)")
    add(
        "--store",
        metavar="ADDRESS",
        help="such as redis://127.0.0.1:6379 (that of the running local fleet)",
    )
    add(
        "--boards",
        type=Path,
        metavar="FILE",
        help="the boards (CHAMPION_BOARDS, or ranking/boards.toml)",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Turn one key of the original system into ours, and tell what was merged."""
    try:
        report = await _migrated(options, session)
    except ModuleNotFoundError as error:
        raise _Failed(
            f"{error.name} is missing; install: grpc-fleet[ranking]"
        ) from None
    if session.json:
        print(json_text(dataclasses.asdict(report), indent=2))
    else:
        _tell(report)
    return 0


class _Failed(FleetError):
    """The ranking's own error; its text says what to do."""


async def _migrated(options: argparse.Namespace, session: Session) -> "Report":
    # Imported here: the other commands need neither Redis nor its client.
    from ranking.errors import (  # noqa: PLC0415
        BadBoards,
        BadStore,
        BadValue,
        RankingError,
    )
    from ranking.migrate import migrate  # noqa: PLC0415

    try:
        spec = _board(options, session)
        address = options.store or await _local_store(session)
        with ProgressLine() as line:
            shown = f"migrate {spec.name} {safe(options.period)}".rstrip()
            return await migrate(
                address,
                spec,
                options.period,
                lambda done, total: line.show(f"{shown}: {done:,} of {total:,} rows"),
            )
    except BadBoards as error:
        raise BadConfig(error.source, error.problems) from None
    except BadStore as error:
        raise BadConfig(f"the store {error.address}", error.problems) from None
    except BadValue as error:
        raise BadInput(
            error.field, f"{error.value!r}, allowed is {error.allowed}"
        ) from None
    except RankingError as error:
        raise _Failed(str(error)) from None


def _board(options: argparse.Namespace, session: Session) -> "BoardSpec":
    from ranking.boards import BOARDS, load  # noqa: PLC0415 - as above

    given = session.env.get("CHAMPION_BOARDS")  # as the game server has it
    path = options.boards or (Path(given) if given else BOARDS)
    boards = {spec.name: spec for spec in load(path)}
    if options.board not in boards:
        raise Unknown("board", options.board, list(boards))
    return boards[options.board]


async def _local_store(session: Session) -> str:
    report: dict[str, Any] = await ask(session.home, "ps")
    store = report.get("store")
    if not store:
        raise BadInput("--store", "the running fleet has no store; name one")
    return str(store["address"])


def _tell(report: "Report") -> None:
    note(f"fleet: {report.key} {'was' if report.already else 'is now'} in our format")
    if report.rest:
        note(f"fleet: the original rows are still there: {report.rest}")
    print(
        f"{report.rows:,} rows, {report.users:,} users,"
        f" {len(report.merged):,} of them merged, {len(report.skipped):,} rows skipped"
    )
    if report.merged:
        rows = [
            (m.user_id, m.kept, " ".join(map(str, m.scores)))
            for m in report.merged[:MOST_TOLD]
        ]
        print(*aligned([("MERGED", "KEPT", "SCORES"), *rows], right=(1,)), sep="\n")
    if report.skipped:
        told = [(s.member, s.reason) for s in report.skipped[:MOST_TOLD]]
        print(*aligned([("SKIPPED", "REASON"), *told]), sep="\n")
    if max(len(report.merged), len(report.skipped)) > MOST_TOLD:
        note(f"fleet: the first {MOST_TOLD} of each; --json has all")
