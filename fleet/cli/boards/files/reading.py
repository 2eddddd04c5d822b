"""A file line by line, whatever is in it, from any place on."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from fleet.cli.boards.files.formats import CSV, Parse, csv_rows, json_row
from fleet.cli.boards.files.row import BadLine, Row
from fleet.errors import BadInput

LONGEST_LINE = 64 * 1024
"""Bytes: a row has less than 4 KiB, and no file may fill our memory."""
_CHUNK = 1 << 20
_BOM = b"\xef\xbb\xbf"


class Place(NamedTuple):
    """How far a file has been read."""

    line: int = 0
    """Of the last line read, from 1."""
    offset: int = 0
    """Bytes up to its end."""


class Read(NamedTuple):
    """One line."""

    place: Place
    row: Row | None
    """None: blank, or bad."""
    problem: str = ""


def read_rows(
    file: BinaryIO, name: str, form: str, place: Place | None = None
) -> Iterator[Read]:
    """Yield every line of *file* after *place*; a CSV header is not one of them.

    Raises:
        BadInput: A CSV file begins with no header.
    """
    parse: Parse = json_row
    begin = Place()
    if form == CSV:
        parse, begin = _header(file, name)
    at = place or begin
    inside = _quotes_before(file, at.offset) if form == CSV else 0
    file.seek(at.offset)
    while text := file.readline(LONGEST_LINE + 1):
        long = len(text) > LONGEST_LINE
        size = len(text) + (_skip(file) if not text.endswith(b"\n") else 0)
        at = Place(at.line + 1, at.offset + size)
        # A row is one line: what a quoted cell spreads over several is none of them.
        broken = inside
        if form == CSV:
            inside ^= text.count(b'"') % 2
        if long:
            yield Read(at, None, f"longer than {LONGEST_LINE} bytes")
        elif broken:
            yield Read(at, None, "inside a quoted cell that began on a line before")
        else:
            yield _read(at, text, parse)


def _quotes_before(file: BinaryIO, offset: int) -> int:
    """Return 1 where *offset* is inside a quoted cell, else 0."""
    file.seek(0)
    quotes, left = 0, offset
    while part := file.read(min(left, _CHUNK)):
        quotes += part.count(b'"')
        left -= len(part)
    return quotes % 2


def _header(file: BinaryIO, name: str) -> tuple[Parse, Place]:
    file.seek(0)
    text = file.readline(LONGEST_LINE)
    if not text:
        return json_row, Place()  # an empty file has no rows to be read
    try:
        return csv_rows(_decoded(text, first=True)), Place(1, len(text))
    except BadLine as error:
        raise BadInput(name, str(error)) from None


def _read(at: Place, text: bytes, parse: Parse) -> Read:
    try:
        line = _decoded(text, first=at.line == 1)
        return Read(at, parse(line) if line.strip() else None)
    except BadLine as error:
        return Read(at, None, str(error))


def _decoded(text: bytes, *, first: bool) -> str:
    if first:
        text = text.removeprefix(_BOM)
    try:
        return text.rstrip(b"\r\n").decode()
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8: {error.reason} at byte {error.start}") from None


def _skip(file: BinaryIO) -> int:
    """Skip the rest of a line; return its bytes, 0 at the end of the file."""
    skipped = 0
    while part := file.readline(LONGEST_LINE):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
