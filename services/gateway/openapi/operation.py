"""One way to call one method."""

from typing import Any

from services.gateway.openapi.messages import Messages, or_null
from services.gateway.openapi.options import option
from services.gateway.openapi.parameters import parameters
from services.gateway.openapi.paths import Path
from services.gateway.openapi.shared import BROKEN_OFF, ERROR, SAME, header
from services.gateway.openapi.values import Way
from services.gateway.routes.rule import Rule

Plain = dict[str, Any]

_JSON = "application/json"
_LINES = "One line of JSON for each answer, as the elements of the array are."
_EVENTS = (
    "One event for each answer, with its JSON as data. The last one is `end`, or"
    " `stream-error` with a google.rpc.Status."
)


def operation(rule: Rule, path: Path, messages: Messages) -> Plain:
    """Describe *rule*: what goes in and what comes out; without id and security."""
    method = rule.method
    found: Plain = {"tags": [method.descriptor.containing_service.full_name]}
    comment = messages.comments.get(method.selector)
    if comment:
        found["description"] = comment
    if method.descriptor.GetOptions().deprecated:
        found["deprecated"] = True
    found["parameters"] = parameters(rule, path, messages) + _options(rule)
    if rule.body:
        found["requestBody"] = {"content": {_JSON: {"schema": _body(rule, messages)}}}
    same = {"304": SAME} if _tagged(rule) else {}
    return found | {
        "responses": {"200": _answer(rule, messages), **same, "default": ERROR}
    }


def _tagged(rule: Rule) -> bool:
    """Return whether answers have a tag: readers may keep them."""
    method = rule.method
    return rule.verb in ("GET", "*") and method.reads and not method.server_streaming


def _options(rule: Rule) -> list[Plain]:
    # A field of that name goes before the option.
    timed = [] if "timeout" in rule.method.input.fields_by_name else ["timeout"]
    tagged = ["if-none-match"] if _tagged(rule) else []
    # A stream has one line for each answer.
    pretty = [] if rule.method.server_streaming else ["pretty"]
    return [option(name) for name in ("defaults", *pretty, *timed, *tagged)]


def _body(rule: Rule, messages: Messages) -> Plain:
    if rule.body == "*":
        return messages.ref(rule.method.input, Way.IN)
    return messages.type(rule.method.input.fields_by_name[rule.body], Way.IN)


def _answer(rule: Rule, messages: Messages) -> Plain:
    method = rule.method
    if method.server_streaming:
        content = _stream(messages.ref(method.output, Way.OUT))
    else:
        content = {_JSON: {"schema": _whole(rule, messages)}}
    names = ["x-request-id", "etag"] if _tagged(rule) else ["x-request-id"]
    headers = {name: header(name) for name in names}
    comment = messages.comments.get(method.output.full_name)
    return {"description": comment or "OK", "headers": headers, "content": content}


def _whole(rule: Rule, messages: Messages) -> Plain:
    output = rule.method.output
    if not rule.response_body:
        return messages.ref(output, Way.OUT)
    field = output.fields_by_name[rule.response_body]
    schema = messages.type(field, Way.OUT)
    # Null is what an unset one looks like.
    return or_null(schema) if field.has_presence else schema


def _stream(item: Plain) -> Plain:
    """Return what `Accept` may choose."""
    text = {"type": "string"}
    last = {"anyOf": [item, BROKEN_OFF]}
    return {
        _JSON: {"schema": {"type": "array", "items": last}},
        "application/x-ndjson": {"schema": text | {"description": _LINES}},
        "text/event-stream": {"schema": text | {"description": _EVENTS}},
    }
