"""One line of a file as a score to report."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from fleet.cli.boards.moments import EXAMPLE, moment
from fleet.cli.boards.numbers import MOST

FIELDS = ("user_id", "name", "grade", "score", "achieved_at")
"""What an export writes, in this order."""
KNOWN = (*FIELDS, "request_id")
NEEDED = ("user_id", "score")


class BadLine(Exception):
    """A line that cannot be a score; the text says why. It never leaves an import."""


class Row(NamedTuple):
    """A score out of a file."""

    user_id: str
    name: str
    grade: str
    score: int
    achieved_at: datetime | None
    request_id: str


def row(fields: Mapping[str, object]) -> Row:
    """Return the score that *fields* tell.

    Raises:
        BadLine: One is missing, unknown, or not of its type.
    """
    for name in fields:
        if name not in KNOWN:
            raise BadLine(f"{name!r} is not one of {', '.join(KNOWN)}")
    for name in NEEDED:
        if name not in fields:
            raise BadLine(f"{name} is missing")
    return Row(
        _text(fields, "user_id"),
        _text(fields, "name"),
        _text(fields, "grade"),
        _score(fields["score"]),
        _moment(_text(fields, "achieved_at")),
        _text(fields, "request_id"),
    )


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise BadLine(f"{name} is {_shown(value)}, not text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadLine(f"{name} has half a character") from None
    return value


def _score(value: object) -> int:
    if type(value) is not int:  # a bool is an int, and 1.5 is never rounded
        raise BadLine(f"score is {_shown(value)}, not a whole number")
    if abs(value) > MOST:
        raise BadLine(f"score is {_shown(value)}, allowed is {-MOST} to {MOST}")
    return value


def _moment(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError:
        raise BadLine(
            f"achieved_at is {_shown(text)}, not a time with a zone such as {EXAMPLE}"
        ) from None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004 - one line
