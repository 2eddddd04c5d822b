"""Questions to descriptors and messages that their own interface makes awkward."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message


def kind_of(message: Message) -> Descriptor:
    """Return the type of *message*."""
    kind: Any = message.DESCRIPTOR
    found: Descriptor = kind
    return found


def lacks(message: Any) -> Sequence[str]:  # noqa: ANN401 - the stubs know less
    """Return the paths of required fields, of proto2, that *message* lacks."""
    if message.IsInitialized():
        return ()
    missing: Sequence[str] = message.FindInitializationErrors()
    return missing


def entry_of(field: FieldDescriptor) -> Mapping[str, FieldDescriptor] | None:
    """Return `key` and `value` of a map; None: *field* is none.

    In the descriptor, a map is entries that repeat.
    """
    kind = field.message_type
    if kind is None or not kind.GetOptions().map_entry:
        return None
    return kind.fields_by_name


def named(kind: Descriptor) -> Mapping[str, FieldDescriptor]:
    """Return the fields of *kind* by both of their names; that of JSON is first."""
    return {
        **{field.json_name: field for field in kind.fields},
        **kind.fields_by_name,
        **{field.json_name: field for field in kind.fields},
    }
