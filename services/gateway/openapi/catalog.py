"""What can be called, and with what: for a form in a page."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor

from services.gateway.openapi.bindings import Bindings
from services.gateway.openapi.forms import enum, message
from services.gateway.openapi.reach import Reach
from services.gateway.routes.rule import Rule
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema

Plain = dict[str, Any]


def catalog(schema: Schema, routes: Bindings, resume: Callable[[Method], str]) -> Plain:
    """Describe *schema* as plain data: services, messages and enums.

    Args:
        schema: What there is.
        routes: Where the methods can be reached besides their own paths.
        resume: Names the field with the resume token of a stream; "" for none.
    """
    rules: dict[str, list[Rule]] = {}
    for rule in routes.rules():
        rules.setdefault(rule.method.name, []).append(rule)
    services: dict[str, Plain] = {}
    for method in schema.methods.values():
        service = services.setdefault(_service(method), _head(method, schema.comments))
        bound = rules.get(method.name, [])
        service["methods"].append(_method(method, bound, resume(method), schema))
    reach = Reach(m for method in schema.methods.values() for m in _ends(method))
    return {
        "services": list(services.values()),
        "messages": {n: message(m, schema) for n, m in reach.messages.items()},
        "enums": {n: enum(e, schema) for n, e in reach.enums.items()},
    }


def _service(method: Method) -> str:
    return str(method.descriptor.containing_service.full_name)


def _ends(method: Method) -> tuple[Descriptor, Descriptor]:
    return method.input, method.output


def _head(method: Method, comments: Mapping[str, str]) -> Plain:
    name = _service(method)
    return {
        "name": name,
        "comment": comments.get(name, ""),
        "target": method.target,
        "methods": [],
    }


def _method(method: Method, rules: list[Rule], resume: str, schema: Schema) -> Plain:
    return {
        "name": method.descriptor.name,
        "path": method.name,
        "comment": schema.comments.get(method.selector, ""),
        "reads": method.reads,
        "client_streaming": method.client_streaming,
        "server_streaming": method.server_streaming,
        "input": method.input.full_name,
        "output": method.output.full_name,
        "routes": [_route(rule) for rule in rules],
        "resume": resume,
    }


def _route(rule: Rule) -> Plain:
    return {
        "verb": rule.verb,
        "template": rule.template,
        "variables": list(rule.variables),
        "body": rule.body,
        "response_body": rule.response_body,
    }
