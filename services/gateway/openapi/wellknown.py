"""The messages that ProtoJSON writes in a way of their own."""

from typing import Any

from google.protobuf.descriptor import Descriptor

from services.gateway.openapi.values import Way, scalar

Plain = dict[str, Any]

_DURATION = r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"
_DURATION_TEXT = 'Seconds, such as "1.5s".'
_MASK_TEXT = 'Field paths, such as "user.name,score".'
_ANY_TEXT = (
    "A message of any type, with its fields beside `@type`; "
    "a type that JSON writes in a way of its own stands in `value`."
)

_TEXTS: dict[str, Plain] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {
        "type": "string",
        "pattern": _DURATION,
        "description": _DURATION_TEXT,
    },
    "google.protobuf.FieldMask": {
        "type": "string",
        "pattern": "^[^_]*$",
        "description": _MASK_TEXT,
    },
}
_OTHERS: dict[str, Plain] = {
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Value": {"description": "Any JSON value."},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "additionalProperties": True,
        "description": _ANY_TEXT,
    },
}
_ANY = "google.protobuf.Any"
_WRAPPERS = {
    f"google.protobuf.{name}Value"
    for name in (
        *("Double", "Float", "Int64", "UInt64", "Int32", "UInt32"),
        *("Bool", "String", "Bytes"),
    )
}


def wellknown(kind: Descriptor, way: Way) -> Plain | None:
    """Return the schema of *kind*; None where it is a message as any other."""
    name = kind.full_name
    if name in _WRAPPERS:
        # Without null, which a body may have anywhere, and a URL nowhere.
        return scalar(kind.fields_by_name["value"].type, way)
    found = _TEXTS.get(name) or _OTHERS.get(name)
    if name == _ANY and way is Way.IN:
        return _OTHERS[name] | {"required": ["@type"]}
    return None if found is None else dict(found)


def in_url(kind: Descriptor) -> bool:
    """Return whether a message of the type *kind* fits into a path or a query."""
    return kind.full_name in _WRAPPERS or kind.full_name in _TEXTS
