"""Messages and enums as a form needs them: fields, their kinds, their values."""

from typing import Any, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from services.gateway.openapi.fields import map_entry, oneof_of
from services.gateway.schema.comments import value_name
from services.gateway.schema.schema import Schema

Plain = dict[str, Any]


def message(kind: Descriptor, schema: Schema) -> Plain:
    """Return the fields of *kind*, for the catalog."""
    return {
        "comment": schema.comments.get(kind.full_name, ""),
        "fields": [_field(field, schema) for field in kind.fields],
    }


def _field(field: FieldDescriptor, schema: Schema) -> Plain:
    entry = map_entry(field)
    oneof = oneof_of(field)
    scalar = field.message_type is None and not field.is_repeated
    return {
        "name": field.name,
        "json": field.json_name,
        "number": field.number,
        **_type(field),
        "repeated": field.is_repeated and entry is None,
        "map": entry and _map(entry),
        "oneof": oneof.name if oneof is not None else "",
        # Whether unset is another thing than the default.
        "optional": scalar and field.has_presence and oneof is None,
        "comment": schema.comments.get(field.full_name, ""),
    }


def _map(entry: Descriptor) -> Plain:
    key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
    return {"key": _type(key)["kind"], "value": _type(value)}


def _type(field: FieldDescriptor) -> Plain:
    name = FieldDescriptorProto.Type.Name(
        cast("FieldDescriptorProto.Type.ValueType", field.type)
    )
    kind = field.message_type or field.enum_type
    return {
        "kind": name.removeprefix("TYPE_").lower(),
        "type": kind.full_name if kind is not None else "",
    }


def enum(kind: EnumDescriptor, schema: Schema) -> Plain:
    """Return the values of *kind*, for the catalog."""
    said = schema.comments
    return {
        "comment": said.get(kind.full_name, ""),
        "values": [
            {
                "name": value.name,
                "number": value.number,
                "comment": said.get(value_name(kind, value.name), ""),
            }
            for value in kind.values
        ],
    }
