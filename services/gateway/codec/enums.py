"""Names and numbers of an enum."""

import re
from typing import Any

from google.protobuf.descriptor import EnumDescriptor

from services.gateway.codec.scalars import Convert, integer
from services.gateway.codec.wrong import Dropped, Wrong

NULL = "google.protobuf.NullValue"
_FEW = 20
"""Names that an error lists."""

_integer = integer(-(2**31), 2**31 - 1)
_WHOLE = re.compile(r"-?[0-9]+")


class Names(dict[int, str | int]):
    """From a number to the first of its names; a number without one is itself."""

    def __init__(self, kind: EnumDescriptor) -> None:
        # Not by items(): upb walks all values there, so that the last alias wins.
        numbers = kind.values_by_number
        super().__init__((number, numbers[number].name) for number in numbers)

    def __missing__(self, number: int) -> int:
        return number


def enum(kind: EnumDescriptor, *, ignore_unknown: bool) -> Convert:
    """Return the converter of names and numbers.

    Args:
        kind: An open enum takes any number, a closed one its own.
        ignore_unknown: Raise `Dropped` for an unknown name.
    """
    numbers = {value.name: value.number for value in kind.values}
    allowed = _allowed(kind)

    def convert(value: Any, depth: int) -> int:  # noqa: ANN401 - plain data
        if type(value) is str and (found := numbers.get(value)) is not None:
            return found
        if type(value) is str and not _WHOLE.fullmatch(value) and ignore_unknown:
            raise Dropped
        number = _number(value, allowed, depth)
        if kind.is_closed and number not in kind.values_by_number:
            raise Wrong(value, allowed)
        return number

    return convert if kind.full_name != NULL else _or_null(convert)


def _number(value: object, allowed: str, depth: int) -> int:
    """Read a number, or the text of one: there is no 1.0 among the texts."""
    if type(value) is str and not _WHOLE.fullmatch(value):
        raise Wrong(value, allowed)
    try:
        number: int = _integer(value, depth)
    except Wrong:
        raise Wrong(value, allowed) from None
    return number


def _or_null(convert: Convert) -> Convert:
    return lambda value, depth: 0 if value is None else convert(value, depth)


def _allowed(kind: EnumDescriptor) -> str:
    names = [value.name for value in kind.values]
    more = f" or {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"one of {', '.join(names[:_FEW])}{more}"
