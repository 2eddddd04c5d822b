"""Numbers, booleans, strings and bytes, as ProtoJSON takes them."""

import binascii
import math
import re
from collections.abc import Callable
from typing import Any

from services.gateway.codec.wrong import Wrong

Convert = Callable[[Any, int], Any]
"""From plain data, at a depth of messages, to what a constructor takes."""

# Python's own int() and float() take more than JSON: 1_000, inf, other digits.
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,9})?")
_NAMED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_URL_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TOO_LARGE = float.fromhex("0x1.ffffffp+127")
"""The least number that 32 bits would round to an infinity."""


def integer(low: int, high: int) -> Convert:
    """Return the converter of whole numbers: 5, "5", 5.0, 5e2."""
    allowed = f"a whole number from {low} to {high}"

    def convert(value: Any, depth: int) -> int:  # noqa: ANN401 - plain data
        del depth
        number = value if type(value) is int else _whole(value)
        if number is None or not low <= number <= high:
            raise Wrong(value, allowed)
        return number

    return convert


def _whole(value: object) -> int | None:
    if type(value) is str:
        if _WHOLE.fullmatch(value):
            return int(value)
        value = float(value) if _NUMBER.fullmatch(value) else None
    # orjson reads a whole number below the least of 64 bits as exactly the least.
    if type(value) is float and value.is_integer() and value > -(2.0**63):
        return int(value)
    return None


def double(value: Any, depth: int) -> float:  # noqa: ANN401 - plain data
    """Convert a number, its text, or one of the three names."""
    del depth
    number = _number(value)
    if number is None:
        raise Wrong(value, 'a number, "NaN", "Infinity" or "-Infinity"')
    return number


def single(value: Any, depth: int) -> float:  # noqa: ANN401 - plain data
    """Convert as `double` does, within the range of 32 bits."""
    number = double(value, depth)
    if math.isfinite(number) and abs(number) >= _TOO_LARGE:
        raise Wrong(value, "a number within the range of a 32-bit float")
    return number


def _number(value: object) -> float | None:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is not str:
        return None
    if value in _NAMED:
        return _NAMED[value]
    number = float(value) if _NUMBER.fullmatch(value) else math.inf
    return number if math.isfinite(number) else None


def boolean(value: Any, depth: int) -> bool:  # noqa: ANN401 - plain data
    """Convert true or false; texts and numbers are neither."""
    del depth
    if type(value) is not bool:
        raise Wrong(value, "true or false")
    return value


def boolean_text(value: Any, depth: int = 0) -> bool:  # noqa: ANN401 - plain data
    """Convert the text of a map's key, or of a URL."""
    del depth
    if value not in ("true", "false"):
        raise Wrong(value, "true or false")
    return bool(value == "true")


def string(value: Any, depth: int) -> str:  # noqa: ANN401 - plain data
    """Convert a string, which has to be Unicode: no half of a pair."""
    del depth
    if type(value) is not str:
        raise Wrong(value, "a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Wrong(value, "a string of whole characters") from None
    return value


def base64(value: Any, depth: int) -> bytes:  # noqa: ANN401 - plain data
    """Convert base64 of either alphabet; the padding may be left out."""
    del depth
    if type(value) is not str or not value.isascii():
        raise Wrong(value, "base64")
    bare = value.encode().translate(_URL_TO_STANDARD).rstrip(b"=")
    try:
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
    except binascii.Error:
        raise Wrong(value, "base64") from None
