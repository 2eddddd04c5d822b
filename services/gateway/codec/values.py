"""Struct, Value and ListValue: any JSON at all, both ways."""

import math
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.gateway.codec.fields import DEEPEST
from services.gateway.codec.scalars import Convert
from services.gateway.codec.wrong import Broken, Wrong

Fill = Callable[[Any, Any, int], None]


def value(message: Any, plain: Any, depth: int) -> None:  # noqa: ANN401 - of any pool
    """Fill a Value; an array or an object in it is one message more."""
    depth = _deeper(depth)
    kind = type(plain)
    if plain is None:
        message.null_value = 0
    elif kind is dict:
        struct(message.struct_value, plain, depth)
    elif kind is list:
        list_value(message.list_value, plain, depth)
    elif kind is str:
        message.string_value = plain
    elif kind is bool:
        message.bool_value = plain
    else:
        message.number_value = plain


def struct(message: Any, plain: Any, depth: int) -> None:  # noqa: ANN401 - of any pool
    """Fill a Struct."""
    depth = _deeper(depth)
    if type(plain) is not dict:
        raise Wrong(plain, "an object")
    message.SetInParent()
    fields = message.fields
    for name, item in plain.items():
        value(fields[name], item, depth)


def list_value(message: Any, plain: Any, depth: int) -> None:  # noqa: ANN401
    """Fill a ListValue."""
    depth = _deeper(depth)
    if type(plain) is not list:
        raise Wrong(plain, "an array")
    message.SetInParent()
    values = message.values
    for item in plain:
        value(values.add(), item, depth)


def _deeper(depth: int) -> int:
    if depth >= DEEPEST:
        raise Broken(f"is nested too deep, allowed is {DEEPEST} messages")
    return depth + 1


def filled(kind: Descriptor, fill: Fill) -> Convert:
    """Return the converter of the type *kind*.

    It returns a message: a constructor that is given a dictionary for a Struct takes
    it for what the Struct says, not for its fields.
    """
    made = GetMessageClass(kind)

    def convert(plain: Any, depth: int) -> Message:  # noqa: ANN401 - plain data
        message = made()
        fill(message, plain, depth)
        return message

    return convert


def value_plain(message: Any) -> Any:  # noqa: ANN401 - of any pool
    """Return what a Value says; one that says nothing is null.

    Raises:
        ValueError: A number that JSON does not have.
    """
    which = message.WhichOneof("kind")
    if which is None or which == "null_value":
        return None
    content = getattr(message, which)
    if which == "struct_value":
        return struct_plain(content)
    if which == "list_value":
        return list_plain(content)
    if which == "number_value" and not math.isfinite(content):
        raise ValueError("JSON has no such number")
    return content


def struct_plain(message: Any) -> dict[str, Any]:  # noqa: ANN401 - of any pool
    """Return the object, its names sorted."""
    fields = message.fields
    return {key: value_plain(fields[key]) for key in sorted(fields)}


def list_plain(message: Any) -> list[Any]:  # noqa: ANN401 - of any pool
    """Return the array."""
    return [value_plain(item) for item in message.values]
