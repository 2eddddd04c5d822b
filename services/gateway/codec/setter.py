"""Fields set from the texts of a URL."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.gateway.codec import scalars
from services.gateway.codec.descriptors import entry_of, named
from services.gateway.codec.fields import DEEPEST
from services.gateway.codec.known_reader import WRAPPERS
from services.gateway.codec.reader import Reader
from services.gateway.codec.scalars import Convert
from services.gateway.codec.wrong import Wrong, refusal
from services.gateway.failure import unknown

Set = Callable[[Message, str], None]

_WITH_TEXT = WRAPPERS | {
    "google.protobuf.Duration",
    "google.protobuf.FieldMask",
    "google.protobuf.Timestamp",
}


def setter(kind: Descriptor, path: str, reader: Reader) -> Set:
    """Return what sets the field *path* of a *kind*.

    Args:
        kind: The type of the messages.
        path: Names of the proto or of JSON, dotted.
        reader: A strict one, so that the field is named.

    Raises:
        Failure: There is no such field, or a URL cannot set it.
    """
    fields = _resolve(kind, path)
    _check(fields, path)
    *above, last = (field.name for field in fields)
    convert = _from_text(fields[-1], reader)
    put = _put(fields[-1])

    def set_field(message: Any, text: str) -> None:  # noqa: ANN401 - of any pool
        try:
            value = convert(text, len(above))
        except Wrong as wrong:
            raise wrong.failure(path) from None
        for name in above:
            message = getattr(message, name)
        put(message, last, value)

    return set_field


def _resolve(kind: Descriptor, path: str) -> Sequence[FieldDescriptor]:
    fields: list[FieldDescriptor] = []
    names = path.split(".")
    if len(names) > DEEPEST:
        raise refusal(path[:200], f"is too deep, allowed are {DEEPEST} names")
    for name in names:
        if fields:
            kind = _below(fields[-1], path)
        found = named(kind)
        if name not in found:
            raise unknown(f"field of {kind.full_name}", name, found, field=path)
        fields.append(found[name])
    return fields


def _below(field: FieldDescriptor, path: str) -> Descriptor:
    if field.message_type is None or field.is_repeated:
        what = "repeated" if field.is_repeated else "no message"
        raise refusal(path[:200], f"cannot be set: {field.name} is {what}")
    return field.message_type


def _check(fields: Sequence[FieldDescriptor], path: str) -> None:
    kind = fields[-1].message_type
    if kind is not None and kind.full_name not in _WITH_TEXT:
        what = "a map" if entry_of(fields[-1]) else f"a message, {kind.full_name}"
        raise refusal(path[:200], f"cannot be set from a URL: it is {what}")


def _from_text(field: FieldDescriptor, reader: Reader) -> Callable[[str, int], Any]:
    kind = field.message_type
    if kind is None:
        return _scalar(field, reader)
    made = GetMessageClass(kind)
    if kind.full_name in WRAPPERS:
        inner = _scalar(kind.fields_by_name["value"], reader)
        return lambda text, depth: made(value=inner(text, depth))
    convert = reader.of(kind)
    return lambda text, depth: made(**convert(text, depth))


def _scalar(field: FieldDescriptor, reader: Reader) -> Convert:
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return scalars.boolean_text
    return reader.single(field)[1]


def _put(field: FieldDescriptor) -> Callable[[Any, str, Any], None]:
    if field.is_repeated:
        return lambda message, name, value: getattr(message, name).append(value)
    if field.message_type is not None:
        return lambda message, name, value: getattr(message, name).CopyFrom(value)
    return setattr
