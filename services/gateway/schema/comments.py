"""What the authors of a proto say about its parts."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.descriptor_pb2 import EnumDescriptorProto, FileDescriptorProto

_PARTS = frozenset(
    {
        *("message_type", "nested_type", "field", "oneof_decl"),
        *("enum_type", "value", "service", "method"),
    }
)


def comments(files: Iterable[FileDescriptorProto]) -> dict[str, str]:
    """Return the comments of *files* by full name.

    What stands before a part counts, else what stands behind it on its line. Parts
    are messages, fields, oneofs, enums, their values, services and methods. Files
    without source information, such as those that reflection gives, have none.
    """
    found = {}
    for file in files:
        for place in file.source_code_info.location:
            text = _clean(place.leading_comments) or _clean(place.trailing_comments)
            name = _name(file, place.path) if text else ""
            if name:
                found[name] = text
    return found


def value_name(enum: EnumDescriptor, value: str) -> str:
    """Return the full name of a value: protobuf puts it beside its enum, not in it."""
    return _join(_parent(enum.full_name), value)


def _name(file: FileDescriptorProto, path: Sequence[int]) -> str:
    """Follow *path*, which is pairs of field and index; "" where it names no part."""
    if not path or len(path) % 2:  # the file's own parts, or an attribute of a part
        return ""
    at: Any = file  # a part has the name of its list, not of its type
    full = file.package
    for field, index in zip(path[::2], path[1::2], strict=True):
        # A value is a sibling of its enum.
        scope = _parent(full) if isinstance(at, EnumDescriptorProto) else full
        step = at.DESCRIPTOR.fields_by_number.get(field)
        if step is None or step.name not in _PARTS:
            return ""
        at = getattr(at, step.name)[index]
        full = _join(scope, at.name)
    return full


def _clean(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    return textwrap.dedent("\n".join(lines)).strip()


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _parent(full: str) -> str:
    return full.rpartition(".")[0]
