"""The whole HTTP surface in OpenAPI 3.1.

Limits that a comment states in words are not guessed: they stay words.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services.gateway.openapi.bindings import Bindings
from services.gateway.openapi.messages import NULL, Messages
from services.gateway.openapi.operations import paths_of
from services.gateway.openapi.reach import Reach
from services.gateway.openapi.shared import components
from services.gateway.openapi.values import Way
from services.gateway.openapi.wellknown import wellknown
from services.gateway.schema.schema import Schema

Plain = dict[str, Any]


def document(
    schema: Schema,
    routes: Bindings,
    *,
    title: str,
    version: str,
    secured: Callable[[str], Sequence[str]] | None,
) -> Plain:
    """Describe *routes* as plain data.

    Args:
        schema: What there is.
        routes: Where it is. What OpenAPI cannot tell apart is described once, the
            first rule counts; verbs of one's own are left out.
        title: Of the document.
        version: Of the document.
        secured: Returns who may call the method of a selector (rpc.Rpc.GetRank):
            some of anyone, key and jwt, one of which is enough. None: anyone.
    """
    given, answered = Reach(_inputs(schema)), Reach(_outputs(schema))
    messages = Messages(schema.comments, given.messages.keys() & answered.messages)
    paths = paths_of(routes.rules(), messages, secured or _open)
    schemas = _schemas(messages, given, Way.IN) | _schemas(messages, answered, Way.OUT)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "tags": list(_tags(schema)),
        "paths": paths,
        "components": components(schemas, _schemes(paths)),
    }


def _open(selector: str) -> Sequence[str]:
    del selector
    return ["anyone"]


def _inputs(schema: Schema) -> Iterator[Any]:
    return (method.input for method in schema.methods.values())


def _outputs(schema: Schema) -> Iterator[Any]:
    return (method.output for method in schema.methods.values())


def _schemes(paths: Plain) -> list[str]:
    found = {
        name
        for item in paths.values()
        for described in item.values()
        for need in described.get("security", ())
        for name in need
    }
    return sorted(found)


def _schemas(messages: Messages, reach: Reach, way: Way) -> Plain:
    found = {
        messages.key(kind, way): messages.message(kind, way)
        for kind in reach.messages.values()
        if wellknown(kind, way) is None
    }
    enums = {n: messages.enum(e) for n, e in reach.enums.items() if n != NULL}
    return found | enums


def _tags(schema: Schema) -> Iterator[Plain]:
    services = {m.descriptor.containing_service for m in schema.methods.values()}
    for service in sorted(services, key=lambda one: str(one.full_name)):
        comment = schema.comments.get(service.full_name)
        told = {"description": comment} if comment else {}
        yield {"name": service.full_name, **told}
