"""Fields that a URL can set: named by a path, set from text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
)

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure, unknown

_MOST_NAMES = 32
"""In one path: a type may contain itself, and protobuf stops at 100."""

_SHOWN = 12
"""Names in one complaint."""

# Messages that JSON writes as one string, number or boolean.
_PLAIN = frozenset(
    f"google.protobuf.{name}"
    for name in (
        *("Timestamp", "Duration", "FieldMask", "BoolValue", "StringValue"),
        *("BytesValue", "Int32Value", "Int64Value", "UInt32Value", "UInt64Value"),
        *("FloatValue", "DoubleValue"),
    )
)
# Messages that are any JSON: their own fields are nobody's business.
_FREE = frozenset(
    f"google.protobuf.{name}" for name in ("Struct", "Value", "ListValue", "Any")
)


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A field that text can set."""

    path: str
    """By the names of the proto: user.user_id."""
    fields: tuple[FieldDescriptor, ...]
    """From the request's own down to the field itself."""
    choices: tuple[tuple[str, str], ...]
    """Each oneof on the way, and the member that is taken."""
    put: Callable[[Message, str], None]
    """Set it, or add one more to it; raises `Failure`."""

    @property
    def repeated(self) -> bool:
        """Whether it takes more than one value."""
        return self.fields[-1].is_repeated


def leaf_of(kind: Descriptor, path: str, codec: Codec, what: str) -> Leaf:
    """Return the leaf of *kind* that *path* names.

    Args:
        kind: A request.
        path: Dotted; names of the proto, or those of JSON.
        codec: Knows how to set it.
        what: What the path is called in an error, such as "query parameter".

    Raises:
        Failure: There is no such field, or it is no leaf.
    """
    fields = _walk(kind, path, what)
    last = fields[-1]
    if last.message_type and last.message_type.full_name not in _PLAIN:
        raise wrong(what, path, _inside(path, last, last.message_type))
    proto_path = ".".join(one.name for one in fields)
    put = codec.setter(kind, proto_path)
    return Leaf(proto_path, fields, choices_of(fields), put)


def wrong(what: str, name: str, reason: str) -> Failure:
    """Return the failure of the field or parameter *name*; it is to blame."""
    text = f"{what} {name[:100]!r} {reason}"
    blame = BadRequest.FieldViolation(field=name[:100], description=text)
    details = [BadRequest(field_violations=[blame])]
    return Failure(Status.INVALID_ARGUMENT, text, details=details)


def _walk(kind: Descriptor, path: str, what: str) -> tuple[FieldDescriptor, ...]:
    names = path.split(".")
    if len(names) > _MOST_NAMES:
        raise wrong(what, path, f"is more than {_MOST_NAMES} names deep")
    fields: list[FieldDescriptor] = []
    for at, name in enumerate(names):
        if fields:
            kind = _into(fields[-1], path, what)
        field = field_of(kind, name)
        if field is None:
            before = "".join(f"{one}." for one in names[:at])
            raise unknown(what, path, (before + one.name for one in kind.fields))
        fields.append(field)
    return tuple(fields)


def field_of(kind: Descriptor, name: str) -> FieldDescriptor | None:
    """Return the field *name* of *kind*: the proto's name or that of JSON."""
    if name in kind.fields_by_name:
        return kind.fields_by_name[name]
    return next((one for one in kind.fields if one.json_name == name), None)


def _into(field: FieldDescriptor, path: str, what: str) -> Descriptor:
    """Return the type of the message *field*, whose own fields are asked for."""
    kind = field.message_type
    if kind is None or kind.full_name in _PLAIN:
        raise wrong(what, path, f"goes too far: {field.name} is a single value")
    if field.is_repeated or kind.full_name in _FREE:
        raise wrong(what, path, f"goes into {field.name}, which only a body can set")
    return kind


def _inside(path: str, field: FieldDescriptor, kind: Descriptor) -> str:
    if kind.GetOptions().map_entry:
        return "is a map, which only a body can set"
    if field.is_repeated:
        return "is a list of messages, which only a body can set"
    if kind.full_name in _FREE or not kind.fields:
        return f"is a {kind.full_name}, which only a body can set"
    return f"is a message; set its fields: {_listed(path, kind)}"


def _listed(path: str, kind: Descriptor) -> str:
    names = [f"{path}.{one.name}" for one in kind.fields]
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def choices_of(fields: Sequence[FieldDescriptor]) -> tuple[tuple[str, str], ...]:
    """Return each oneof on the way of *fields*, and the member that is taken.

    Not those that `optional` makes: they have one member.
    """
    return tuple(
        (
            ".".join([*(up.name for up in fields[:at]), one.containing_oneof.name]),
            one.name,
        )
        for at, one in enumerate(fields)
        if one.containing_oneof and len(one.containing_oneof.fields) > 1
    )
