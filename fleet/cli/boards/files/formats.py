"""JSON lines and CSV: from a line to a row, and back."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fleet.cli.boards.files.row import FIELDS, KNOWN, NEEDED, BadLine, Row, row
from fleet.cli.boards.numbers import whole
from fleet.errors import BadInput

JSONL, CSV = "jsonl", "csv"
FORMATS = (JSONL, CSV)
_SUFFIXES = {".jsonl": JSONL, ".ndjson": JSONL, ".json": JSONL, ".csv": CSV}

Parse = Callable[[str], Row]
"""Return the row of one line, or raise `BadLine`."""


def format_of(path: str, typed: str | None) -> str:
    """Return the format that was typed, or that the file's name tells.

    Raises:
        BadInput: Neither does.
    """
    found = typed or _SUFFIXES.get(Path(path).suffix.lower())
    if found is None:
        raise BadInput(path, f"its name tells no format; add --format {CSV} or {JSONL}")
    return found


def json_row(line: str) -> Row:
    """Return the row of a line of JSON."""
    try:
        fields = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # or a number of too many digits
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise BadLine("not an object like {...}")
    return row(fields)


def csv_rows(header: str) -> Parse:
    """Return how to read a line below *header*.

    Raises:
        BadLine: A column that nobody knows, one twice, or one too few.
    """
    names = _cells(header)
    strangers = [name for name in names if name not in KNOWN]
    missing = [name for name in NEEDED if name not in names]
    if strangers or missing or len(set(names)) < len(names):
        raise BadLine(
            f"the first line is {header[:80]!r}, not names of columns out of"
            f" {', '.join(KNOWN)}, {' and '.join(NEEDED)} among them"
        )
    return lambda line: _csv_row(names, line)


def csv_header() -> str:
    """Return the first line of a CSV file."""
    return ",".join(FIELDS)


def written(fields: Mapping[str, object], form: str) -> str:
    """Return *fields*, those of `FIELDS`, as a line."""
    if form == JSONL:
        return json.dumps(fields, ensure_ascii=False)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields[name] for name in FIELDS)
    return line.getvalue()


def _csv_row(names: Sequence[str], line: str) -> Row:
    cells = _cells(line)
    if len(cells) != len(names):
        raise BadLine(f"{len(cells)} columns, not {len(names)}")
    fields: dict[str, Any] = dict(zip(names, cells, strict=True))
    try:
        fields["score"] = whole(fields["score"])
    except ValueError as error:
        raise BadLine(f"score: {error}") from None
    return row(fields)


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise BadLine(f"not CSV: {error}") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise BadLine("a name is there twice")
    return fields
