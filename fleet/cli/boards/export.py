"""`fleet ranking export`."""

import argparse
import contextlib
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import TextIO

from fleet.cli.boards.entries import submitted
from fleet.cli.boards.files.formats import (
    CSV,
    FORMATS,
    JSONL,
    csv_header,
    format_of,
    written,
)
from fleet.cli.boards.meter import Meter
from fleet.cli.boards.patience import Patience
from fleet.cli.boards.stub import Stub, rankings
from fleet.cli.boards.text import json_text
from fleet.cli.progress import ProgressLine
from fleet.cli.session import Session
from fleet.errors import BadInput
from rpc.rpc_pb2 import ListRankingRequest, ListRankingResponse

EXAMPLE = """\
  fleet ranking export daily daily.csv
  fleet ranking export daily --period 20181016 | gzip > 20181016.jsonl.gz

Best first. A row whose score does not change meanwhile is there exactly once."""
MOST_ROWS = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is written, and where."""
    add = parser.add_argument
    add("board", metavar="BOARD", help="such as daily")
    add("file", nargs="?", metavar="FILE", help="written whole or not at all (stdout)")
    add("--period", default="", metavar="P", help="such as 20181016 (now)")
    add("--format", choices=FORMATS, help="(by the file's name; jsonl to stdout)")


async def run(options: argparse.Namespace, session: Session) -> int:
    """Write a whole board as JSON lines or CSV."""
    form = options.format or (format_of(options.file, None) if options.file else JSONL)
    async with rankings(options, session) as stub:
        request = ListRankingRequest(
            board=options.board, period=options.period, page_size=MOST_ROWS
        )
        with ProgressLine() as line, _opened(options.file) as out:
            meter = Meter(line, f"export {options.board}")
            period, rows = await _write(stub, request, form, out, meter)
    if options.file and session.json:
        print(
            json_text(
                {"board": options.board, "period": period, "rows": rows}, indent=2
            )
        )
    elif options.file:
        print(f"{options.file}: {rows:,} rows of {options.board} {period}")
    return 0


async def _write(
    stub: Stub,
    request: ListRankingRequest,
    form: str,
    out: TextIO,
    meter: Meter,
) -> tuple[str, int]:
    rows, period = 0, ""
    if form == CSV:
        print(csv_header(), file=out)
    async with contextlib.aclosing(_pages(stub, request, meter)) as pages:
        async for page in pages:
            for entry in page.entries:
                print(written(submitted(entry), form), file=out)
            rows, period = rows + len(page.entries), page.period
            meter.show(rows, rows / max(page.total, 1))
    out.flush()
    if out is not sys.stdout:
        meter.show(rows, 1.0, last=True)
    return period, rows


async def _pages(
    stub: Stub, request: ListRankingRequest, meter: Meter
) -> AsyncGenerator[ListRankingResponse, None]:
    """Yield every page; the token keeps to the period that the first one had."""
    patience = Patience(on_wait=meter.waiting)
    while True:
        page = await patience.call(lambda: stub.ListRanking(request))
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


@contextlib.contextmanager
def _opened(name: str | None) -> Iterator[TextIO]:
    """Yield stdout, or a file beside *name* that takes its place in the end."""
    if name is None:
        yield sys.stdout
        return
    path = Path(name)
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise BadInput(name, error.strerror or str(error)) from error
    finally:
        beside.unlink(missing_ok=True)
