"""Timestamp, Duration and FieldMask: messages that JSON writes as a string."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from services.gateway.codec.wrong import Wrong

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - so that isoformat says no offset
_DAY_S = 86400
_FIRST_S = -62135596800
_LAST_S = 253402300799
_LONGEST_S = 315_576_000_000
_NANOS = 10**9

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-5][0-9]))"
)
_SPAN = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")
_MOMENTS = 'a time such as "2018-10-16T08:00:00.123Z", of the years 1 to 9999'
_SPANS = 'seconds such as "1.5s", at most 10,000 years'
_PATHS = 'names in camelCase such as "user.displayName,score"'


def timestamp_text(message: Any) -> str:  # noqa: ANN401 - of any pool
    """Return RFC 3339 in UTC, with 0, 3, 6 or 9 digits of a second.

    Raises:
        ValueError: It is not of the years 1 to 9999.
    """
    seconds, nanos = message.seconds, message.nanos
    if not (_FIRST_S <= seconds <= _LAST_S and 0 <= nanos < _NANOS):
        raise ValueError(f"a time of {seconds} s and {nanos} ns is not valid")
    moment = _EPOCH + timedelta(*divmod(seconds, _DAY_S))
    return f"{moment.isoformat()}{_fraction(nanos)}Z"


def duration_text(message: Any) -> str:  # noqa: ANN401 - of any pool
    """Return seconds with 0, 3, 6 or 9 digits behind the point.

    Raises:
        ValueError: More than 10,000 years, or two signs.
    """
    seconds, nanos = message.seconds, message.nanos
    mixed = seconds * nanos < 0
    if abs(seconds) > _LONGEST_S or abs(nanos) >= _NANOS or mixed:
        raise ValueError(f"a duration of {seconds} s and {nanos} ns is not valid")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    digits = f"{nanos:09}"
    return "." + digits.removesuffix("000").removesuffix("000")


def mask_text(message: Message) -> str:
    """Return the paths in camelCase.

    Raises:
        ValueError: A path would not be the same after it has been read again.
    """
    return str(message.ToJsonString())  # type: ignore[attr-defined]  # is well known


def timestamp(value: Any, depth: int) -> dict[str, int]:  # noqa: ANN401 - plain data
    """Convert RFC 3339."""
    del depth
    found = _MOMENT.fullmatch(value) if type(value) is str else None
    if not found:
        raise Wrong(value, _MOMENTS)
    clock, fraction, sign, hours, minutes = found.groups()
    seconds = _seconds(clock, value)
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds += offset if sign == "-" else -offset
    if not _FIRST_S <= seconds <= _LAST_S:
        raise Wrong(value, _MOMENTS)
    return {"seconds": seconds, "nanos": int((fraction or "0").ljust(9, "0"))}


def _seconds(clock: str, value: str) -> int:
    try:
        moment = datetime.fromisoformat(clock).replace(tzinfo=UTC)
    except ValueError:
        raise Wrong(value, _MOMENTS) from None
    return int(moment.timestamp())


def duration(value: Any, depth: int) -> dict[str, int]:  # noqa: ANN401 - plain data
    """Convert seconds and an s."""
    del depth
    found = _SPAN.fullmatch(value) if type(value) is str else None
    if not found or int(found[2]) > _LONGEST_S:
        raise Wrong(value, _SPANS)
    sign = -1 if found[1] == "-" else 1
    nanos = int((found[3] or "0").ljust(9, "0"))
    return {"seconds": sign * int(found[2]), "nanos": sign * nanos}


def mask(value: Any, depth: int) -> dict[str, list[str]]:  # noqa: ANN401 - plain data
    """Convert paths in camelCase, separated by commas."""
    del depth
    if type(value) is not str or "_" in value:
        raise Wrong(value, _PATHS)
    return {"paths": [_snake(path) for path in value.split(",")] if value else []}


def _snake(path: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in path)
