"""`fleet ranking import`."""

import argparse
import contextlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fleet.cli.boards.files import checkpoint as progress
from fleet.cli.boards.files.checkpoint import Checkpoint
from fleet.cli.boards.files.formats import FORMATS, format_of
from fleet.cli.boards.files.reading import read_rows
from fleet.cli.boards.files.rejects import Rejects, rejects
from fleet.cli.boards.files.sending import Sender, send_all
from fleet.cli.boards.meter import Meter, duration
from fleet.cli.boards.numbers import Between
from fleet.cli.boards.patience import GIVE_UP_S, Patience
from fleet.cli.boards.stub import Stub, find_board, rankings
from fleet.cli.boards.text import json_text
from fleet.cli.out import note
from fleet.cli.progress import ProgressLine
from fleet.cli.session import Session
from fleet.errors import BadInput
from rpc.rpc_pb2 import Board

EXAMPLE = """\
  fleet ranking import daily scores.csv
  fleet ranking import weekly scores.jsonl --rejects refused.txt

lines: user_id and score are needed; name, grade, achieved_at (a time with its
zone: the period that it counts in) and request_id may be there. CSV begins with
a line of these names. Equal scores rank as they arrive: --in-flight 1 keeps the
order of the file.

restart: FILE.progress tells how far all is answered; run the same command to go
on. Lines that were on their way are sent again under the same request ids, which
the server remembers for the board's requests_kept_s (an hour, unless boards.toml
says otherwise). Later than that a `sum` board could add them twice, so an older
checkpoint of one is refused unless --late is given."""

_IN_FLIGHT = 4
_MOST_IN_FLIGHT = 64
_MOST_GIVE_UP_S = 86_400


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is imported, and how."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("file", metavar="FILE", help="JSON lines or CSV, as export writes them")
    add("--format", choices=FORMATS, help="where the file's name does not tell")
    add("--rejects", metavar="FILE", help="append refused lines there (stderr)")
    add(
        "--now",
        action="store_true",
        help="count in the period that is now, whatever achieved_at says",
    )
    add("--late", action="store_true", help="go on however old the checkpoint is")
    add(
        "--in-flight",
        type=Between(1, _MOST_IN_FLIGHT),
        metavar="N",
        help=f"calls of 1,000 lines side by side ({_IN_FLIGHT}; 1 for a latest board)",
    )
    add(
        "--give-up-s",
        type=Between(0, _MOST_GIVE_UP_S),
        default=int(GIVE_UP_S),
        metavar="S",
        help=f"without one answer from the server ({GIVE_UP_S:.0f})",
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Report every line of a file; 1 where some were refused."""
    path = Path(options.file)
    form = format_of(options.file, options.format)
    with _opened(path) as file:
        async with rankings(options, session) as stub:
            board = await find_board(stub, options.board)
            going = _checkpoint(path, file, board, late=options.late)
            before = going.counted + going.refused
            # The latest of a user's scores has to arrive last.
            usual = 1 if board.operator == "latest" else _IN_FLIGHT
            options.in_flight = options.in_flight or usual
            work = _Import(options, path, file, form, going)
            elapsed_s = await work.through(stub)
    progress.path_of(path).unlink(missing_ok=True)
    told = {"counted": going.counted, "refused": going.refused}
    if session.json:
        print(
            json_text(
                {"board": board.name, **told, "elapsed_s": round(elapsed_s, 3)},
                indent=2,
            )
        )
    else:
        lines = going.counted + going.refused - before
        print(
            f"{board.name}: {lines:,} lines in {duration(elapsed_s)};"
            f" {going.counted:,} counted, {going.refused:,} refused in all"
        )
    return 1 if going.refused else 0


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise BadInput(str(path), error.strerror or str(error)) from error
    with file:
        if not regular:
            raise BadInput(str(path), "is no regular file, which can be read again")
        yield file


def _checkpoint(path: Path, file: BinaryIO, board: Board, *, late: bool) -> Checkpoint:
    at = progress.path_of(path)
    found = progress.read(at, file, board.name)
    if found is None:
        return Checkpoint(board.name)
    age_s = progress.age_s(at)
    if board.operator == "sum" and age_s > board.requests_kept_s and not late:
        problem = (
            f"was written {duration(age_s)} ago: lines after {found.line} may be"
            " counted without our knowing, and their request ids forgotten, so that"
            " a sum would count them twice; to go on all the same: --late"
        )
        raise BadInput(str(at), problem)
    note(f"fleet: going on after line {found.line:,} ({at})")
    return found


@dataclass(frozen=True, slots=True)
class _Import:
    """One run of an import, from where the last one ended."""

    options: argparse.Namespace
    path: Path
    file: BinaryIO
    form: str
    going: Checkpoint

    async def through(self, stub: Stub) -> float:
        """Send all that is left; return how many seconds it took."""
        at, size = progress.path_of(self.path), max(self.path.stat().st_size, 1)
        # Before there is a checkpoint: a header that is none, for one.
        next(read_rows(self.file, str(self.path), self.form), None)
        begun = done = False
        with ProgressLine() as line:
            share = self.going.offset / size
            meter = Meter(line, f"import {self.going.board}", share=share)
            try:
                with rejects(str(self.path), line.above, self.options.rejects) as told:
                    self._write(at, safely=True)
                    begun = True
                    await self._send(stub, meter, told, size)
                done = True
            finally:
                if begun and not done:
                    line.above(
                        f"fleet: stopped; all up to line {self.going.line:,} is"
                        " answered; run the same command to go on"
                    )
        return meter.elapsed_s

    async def _send(self, stub: Stub, meter: Meter, told: Rejects, size: int) -> None:
        going, at = self.going, progress.path_of(self.path)
        patience = Patience(self.options.give_up_s, meter.waiting)
        sender = Sender(
            stub, going.board, going.import_id, patience, not self.options.now
        )
        rows = read_rows(self.file, str(self.path), self.form, going.place)
        sending = send_all(sender, rows, at_once=self.options.in_flight)
        lines = 0
        async with contextlib.aclosing(sending) as answers:
            async for sent in answers:
                told.add(sent.rejected)
                lines += sent.counted + len(sent.rejected)
                going.counted += sent.counted
                going.refused += len(sent.rejected)
                going.reach(self.file, sent.place)
                self._write(at)
                meter.show(lines, sent.place.offset / size)
        meter.show(lines, 1.0, last=True)

    def _write(self, at: Path, *, safely: bool = False) -> None:
        try:
            self.going.write(at, safely=safely)
        except OSError as error:
            problem = f"{error.strerror}; an import must note how far it is"
            raise BadInput(str(at), problem) from error
