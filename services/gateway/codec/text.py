"""Bytes as plain data: JSON as the grammar has it, with no name twice."""

import json
from typing import Any

import orjson

from fleet.errors import Status
from services.gateway.codec.wrong import refusal
from services.gateway.failure import Failure

_DEEPEST = 254
"""Levels of arrays and objects: as many as orjson writes. A message of 100 levels,
the most that protobuf takes, has no more than about 200."""


def load(raw: bytes) -> Any:  # noqa: ANN401 - plain data
    """Return what *raw* says.

    Raises:
        Failure: INVALID_ARGUMENT, with line and column; or a name stands twice.
    """
    try:
        plain = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Failure(
            Status.INVALID_ARGUMENT,
            f"the JSON cannot be read, line {error.lineno}, column {error.colno}:"
            f" {error.msg}",
        ) from None
    if not _each_once(raw, plain):
        _find_twice(raw)
    return plain


def _each_once(raw: bytes, plain: Any) -> bool:  # noqa: ANN401 - plain data
    """Whether surely no name stands twice in an object of *raw*.

    orjson keeps the last of them and is silent. A name that was lost took its colon
    along, and colons come from nowhere else: strings keep theirs, unless they are
    escaped. So as many colons as before means that no name was lost.
    """
    if b"\\" in raw and b"\\u003" in raw:
        return False
    try:
        again = orjson.dumps(plain)
    except TypeError:
        allowed = f"at most {_DEEPEST} levels of arrays and objects"
        raise refusal("the JSON", f"is nested too deep, allowed is {allowed}") from None
    return raw.count(b":") == again.count(b":")


def _find_twice(raw: bytes) -> None:
    # Numbers stay text: Python refuses to read those of more than 4,300 digits.
    json.loads(raw, object_pairs_hook=_once, parse_int=str, parse_float=str)


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise refusal(name[:200], "stands twice in one object")
        seen.add(name)
