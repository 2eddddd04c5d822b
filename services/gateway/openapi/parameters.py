"""What of a request stands in its URL."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.gateway.openapi.fields import map_entry
from services.gateway.openapi.messages import Messages
from services.gateway.openapi.paths import Path, Wildcard
from services.gateway.openapi.values import Way
from services.gateway.openapi.wellknown import in_url
from services.gateway.routes.rule import Rule

Plain = dict[str, Any]
Names = tuple[FieldDescriptor, ...]

_DEEPEST = 4
"""Names of a query parameter; deeper ones are taken too, and not listed."""


def parameters(rule: Rule, path: Path, messages: Messages) -> list[Plain]:
    """Return the parameters of *rule*: those of its *path*, then those of its query."""
    kind = rule.method.input
    return [
        *(_in_path(kind, wildcard, messages) for wildcard in path.wildcards),
        *(_in_query(names, messages) for names in _query(rule)),
    ]


def _in_path(kind: Descriptor, wildcard: Wildcard, messages: Messages) -> Plain:
    schema: Plain = {"type": "string"}
    told = []
    if wildcard.field:
        field = _field(kind, wildcard.field)
        whole = messages.field(field, Way.URL)
        told.append(whole.pop("description", ""))
        schema = schema if wildcard.part or wildcard.many else whole
    if wildcard.part or wildcard.name != wildcard.field:
        told.append(_meaning(wildcard))
    if wildcard.many:
        told.append("All that is left of the path; may have slashes.")
    elif schema.get("type") == "string":
        schema["minLength"] = 1  # an empty segment matches nothing
    text = "\n\n".join(filter(None, told))
    found = {"name": wildcard.name, "in": "path", "required": True, "schema": schema}
    return found | {"description": text} if text else found


def _meaning(wildcard: Wildcard) -> str:
    if not wildcard.field:
        return "No part of the request."
    if wildcard.part:
        return f"A part of `{wildcard.field}`, which is `{wildcard.part}`."
    return f"The field `{wildcard.field}`."


def _in_query(names: Names, messages: Messages) -> Plain:
    field = names[-1]
    schema = messages.field(field, Way.URL)
    found: Plain = {"name": ".".join(one.json_name for one in names), "in": "query"}
    for word in ("description", "deprecated"):
        if word in schema:
            found[word] = schema.pop(word)
    found["schema"] = schema
    return found | {"explode": True} if field.is_repeated else found


def _query(rule: Rule) -> Iterator[Names]:
    """Yield the fields that may stand in the query: what nothing else has taken."""
    if rule.body == "*":
        return
    for names in _leaves(rule.method.input, ()):
        path = ".".join(one.name for one in names)
        if path not in rule.variables and names[0].name != rule.body:
            yield names


def _leaves(kind: Descriptor, above: Names) -> Iterator[Names]:
    for field in kind.fields:
        names = (*above, field)
        inner = field.message_type
        if inner is None or (in_url(inner) and map_entry(field) is None):
            yield names
        elif not field.is_repeated and _opens(inner, above):
            yield from _leaves(inner, names)


def _opens(inner: Descriptor, above: Names) -> bool:
    """Return whether the fields of *inner* may be named, and are worth listing."""
    # The others of google.protobuf are any JSON, which no parameter says.
    known = {one.message_type for one in above}
    free = inner.file.package == "google.protobuf"
    return len(above) + 1 < _DEEPEST and not free and inner not in known


def _field(kind: Descriptor, path: str) -> FieldDescriptor:
    name, _, rest = path.partition(".")
    field = kind.fields_by_name[name]
    inner = field.message_type
    return _field(inner, rest) if rest and inner is not None else field
