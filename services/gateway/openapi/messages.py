"""Messages and enums as JSON Schemas that refer to each other."""

from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from services.gateway.openapi import values
from services.gateway.openapi.fields import map_entry, oneof_of
from services.gateway.openapi.values import Way
from services.gateway.openapi.wellknown import wellknown
from services.gateway.schema.comments import value_name

Plain = dict[str, Any]

NULL = "google.protobuf.NullValue"


class Messages:
    """Makes the schemas, under names that fit together.

    A request is held to its schema, an answer may grow: a message that both use
    has two schemas, and that of requests gets the suffix `-input`.

    Args:
        comments: By full name.
        both: The messages that requests and answers use, by full name.
    """

    def __init__(self, comments: Mapping[str, str], both: Collection[str]) -> None:
        self.comments = comments
        self._both = frozenset(both)

    def key(self, kind: Descriptor, way: Way) -> str:
        """Return the name of the schema of *kind*."""
        twice = way is Way.IN and kind.full_name in self._both
        return f"{kind.full_name}-input" if twice else kind.full_name

    def ref(self, kind: Descriptor, way: Way) -> Plain:
        """Return a schema that stands for *kind*."""
        known = wellknown(kind, way)
        return _ref(self.key(kind, way)) if known is None else known

    def message(self, kind: Descriptor, way: Way) -> Plain:
        """Return the schema of *kind* itself, which is no well-known type."""
        schema: Plain = {
            "type": "object",
            "properties": {f.json_name: self.field(f, way) for f in kind.fields},
        }
        required = [field.json_name for field in kind.fields if field.is_required]
        if required:
            schema["required"] = required
        if way is Way.IN:
            schema["additionalProperties"] = False
            if kind.is_extendable:  # whose names stand in brackets
                schema["patternProperties"] = {r"^\[.*\]$": {}}
        if kind.GetOptions().deprecated:
            schema["deprecated"] = True
        return _told(schema, self.comments.get(kind.full_name, ""))

    def enum(self, enum: EnumDescriptor) -> Plain:
        """Return the schema of *enum*: its names."""
        schema: Plain = {
            "type": "string",
            "enum": [value.name for value in enum.values],
        }
        said = [self.comments.get(enum.full_name, "")]
        for value in enum.values:
            text = self.comments.get(value_name(enum, value.name))
            said += [f"- {value.name}: {text}"] if text else []
        return _told(schema, "\n".join(filter(None, said)))

    def field(self, field: FieldDescriptor, way: Way) -> Plain:
        """Return the schema of *field*, with what is said about it."""
        schema = self.type(field, way)
        if way is Way.IN and not field.is_required:
            schema = or_null(schema)
        if field.GetOptions().deprecated:
            schema["deprecated"] = True
        told = [self.comments.get(field.full_name, ""), _choice(field)]
        return _told(schema, "\n\n".join(filter(None, told)))

    def type(self, field: FieldDescriptor, way: Way) -> Plain:
        """Return the schema of what *field* holds."""
        entry = map_entry(field)
        if entry is not None:
            return self._map(entry, way)
        one = self.element(field, way)
        return {"type": "array", "items": one} if field.is_repeated else one

    def element(self, field: FieldDescriptor, way: Way) -> Plain:
        """Return the schema of one value of *field*."""
        if field.message_type is not None:
            return self.ref(field.message_type, way)
        if field.enum_type is not None:
            return _enum(field.enum_type, way)
        return values.scalar(field.type, way)

    def _map(self, entry: Descriptor, way: Way) -> Plain:
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        schema = {
            "type": "object",
            "additionalProperties": self.element(value, way),
        }
        names = values.key(key.type)
        return schema | {"propertyNames": names} if names else schema


def _told(schema: Plain, text: str) -> Plain:
    return schema | {"description": text} if text else schema


def _enum(enum: EnumDescriptor, way: Way) -> Plain:
    if enum.full_name == NULL:
        return {"type": "null"}
    named = _ref(enum.full_name)
    if way is Way.OUT:
        return named
    # Numbers are taken too; an open enum takes those without a name as well.
    number = values.scalar(FieldDescriptor.TYPE_INT32, Way.OUT)
    if enum.is_closed:
        number["enum"] = sorted({value.number for value in enum.values})
    return {"anyOf": [named, number]}


def or_null(schema: Plain) -> Plain:
    """Let a field be null, which is as good as leaving it out."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return schema if kind == "null" else schema | {"type": [kind, "null"]}
    if isinstance(kind, list):
        return schema | {"type": [*kind, "null"]}
    if "anyOf" in schema:
        return schema | {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    # What is left without a type: a reference, and that which may be anything.
    return {"anyOf": [schema, {"type": "null"}]} if "$ref" in schema else schema


def _choice(field: FieldDescriptor) -> str:
    oneof = oneof_of(field)
    if oneof is None:
        return ""
    others = [f"`{other.json_name}`" for other in oneof.fields]
    return f"`{oneof.name}`: at most one of {', '.join(others)} is set."


def _ref(key: str) -> Plain:
    return {"$ref": f"#/components/schemas/{key}"}
