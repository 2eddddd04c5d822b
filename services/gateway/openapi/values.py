"""The JSON Schema of one value of protobuf, by the rules of ProtoJSON.

Source: https://protobuf.dev/programming-guides/json/.
"""

import enum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field

Plain = dict[str, Any]


class Way(enum.Enum):
    """Where a value stands: more is taken than is given."""

    IN = "in a request's body"
    OUT = "in an answer"
    URL = "in a path or a query, where all is text"


_INT32 = (-(2**31), 2**31 - 1)
_UINT32 = (0, 2**32 - 1)
_INT64 = (-(2**63), 2**63 - 1)
_UINT64 = (0, 2**64 - 1)
_INTEGERS = {
    Field.TYPE_INT32: ("int32", _INT32),
    Field.TYPE_SINT32: ("int32", _INT32),
    Field.TYPE_SFIXED32: ("int32", _INT32),
    Field.TYPE_UINT32: ("uint32", _UINT32),
    Field.TYPE_FIXED32: ("uint32", _UINT32),
    Field.TYPE_INT64: ("int64", _INT64),
    Field.TYPE_SINT64: ("int64", _INT64),
    Field.TYPE_SFIXED64: ("int64", _INT64),
    Field.TYPE_UINT64: ("uint64", _UINT64),
    Field.TYPE_FIXED64: ("uint64", _UINT64),
}
_FLOATS = {Field.TYPE_FLOAT: "float", Field.TYPE_DOUBLE: "double"}
_DIGITS = "(0|[1-9][0-9]*)"
# Of what a request may say in other ways (01, +1, 1e3) the plain one is told.
_DECIMAL = rf"^(-?{_DIGITS}(\.[0-9]+)?([eE][+-]?[0-9]+)?|NaN|-?Infinity)$"
_NO_NUMBER = ["NaN", "Infinity", "-Infinity"]
# Both alphabets are taken, and the padding may be missing.
_BASE64 = "^([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2,3})?={0,2}$"
_LARGEST_SINGLE = float.fromhex("0x1.fffffep+127")


def scalar(kind: int, way: Way) -> Plain:
    """Return the schema of a value of the type *kind*: no message, no enum."""
    if kind in _INTEGERS:
        return _integer(*_INTEGERS[kind], way)
    if kind in _FLOATS:
        return _float(_FLOATS[kind], way)
    if kind == Field.TYPE_BYTES:
        return _bytes(way)
    return {"type": "boolean" if kind == Field.TYPE_BOOL else "string"}


def key(kind: int) -> Plain:
    """Return the schema of a map's key, which JSON always writes as a string."""
    if kind in _INTEGERS:
        name, (least, _) = _INTEGERS[kind]
        return {"pattern": _digits(least), "format": name}
    return {"enum": ["true", "false"]} if kind == Field.TYPE_BOOL else {}


def _integer(name: str, bounds: tuple[int, int], way: Way) -> Plain:
    least, most = bounds
    text = {"type": "string", "format": name, "pattern": _digits(least)}
    number = {"type": "integer", "format": name, "minimum": least, "maximum": most}
    if way is Way.OUT:
        # JavaScript would round the large ones.
        return text if name.endswith("64") else number
    return number if way is Way.URL else text | number | {"type": ["integer", "string"]}


def _digits(least: int) -> str:
    return f"^{'-?' if least < 0 else ''}{_DIGITS}$"


def _float(name: str, way: Way) -> Plain:
    number: Plain = {"type": "number", "format": name}
    if way is Way.OUT:
        return {"anyOf": [number, {"enum": _NO_NUMBER}]}
    if name == "float":
        number |= {"minimum": -_LARGEST_SINGLE, "maximum": _LARGEST_SINGLE}
    if way is Way.URL:
        return number
    return number | {"type": ["number", "string"], "pattern": _DECIMAL}


def _bytes(way: Way) -> Plain:
    schema = {"type": "string", "contentEncoding": "base64"}
    return schema if way is Way.OUT else schema | {"pattern": _BASE64}
