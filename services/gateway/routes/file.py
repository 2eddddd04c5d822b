"""The file of rules: google.api.http in the form of a service config."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from services.gateway.routes.nodes import Reader, line

_VERBS = ("get", "put", "post", "delete", "patch")
_BINDING = (*_VERBS, "custom", "body", "response_body")
_RULE = ("selector", *_BINDING, "additional_bindings")
_HTTP = ("rules", "fully_decode_reserved_expansion")
_TOP = ("type", "config_version", "name", "title", "http")


@dataclass(frozen=True, slots=True)
class Entry:
    """One binding as the file has it; nothing in it has been looked up."""

    selector: str
    verb: str
    template: str
    body: str
    response_body: str
    line: int
    """Of the verb and its template."""
    rule: int
    """Line of the rule: its additional bindings share it."""


@dataclass(frozen=True, slots=True)
class Document:
    """What the file says."""

    entries: tuple[Entry, ...]
    fully_decode: bool
    """`fully_decode_reserved_expansion`."""


def document(root: yaml.Node, reader: Reader) -> Document:
    """Read the file whose top is *root*; mistakes are left in *reader*."""
    top = reader.mapping(root, _TOP, "the file")
    if "http" not in top:
        reader.problem(line(root), "the file has no http: with rules:")
    http = reader.mapping(top.get("http"), _HTTP, "http")
    rules = reader.items(http.get("rules"), "rules")
    fully = reader.flag(http.get(_HTTP[1]), _HTTP[1])
    return Document(tuple(one for rule in rules for one in _rule(rule, reader)), fully)


def _rule(node: yaml.Node, reader: Reader) -> Iterator[Entry]:
    found = reader.mapping(node, _RULE, "a rule")
    selector = reader.text(found.get("selector"), "selector")
    if not selector:
        reader.problem(line(node), "a rule needs a selector: package.Service.Method")
    yield from _binding(found, selector, node, node, reader)
    name = "additional_bindings"
    for more in reader.items(found.get(name), name):
        inner = reader.mapping(more, (*_BINDING, name), "an additional binding")
        if name in inner:
            reader.problem(line(inner[name]), f"{name} cannot have their own")
        yield from _binding(inner, selector, more, node, reader)


def _binding(
    found: Mapping[str, yaml.Node],
    selector: str,
    node: yaml.Node,
    rule: yaml.Node,
    reader: Reader,
) -> Iterator[Entry]:
    patterns = [key for key in (*_VERBS, "custom") if key in found]
    if len(patterns) != 1:
        there = ", ".join(patterns) or "none"
        all_ = ", ".join((*_VERBS, "custom"))
        reader.problem(line(node), f"needs one of {all_}; there is {there}")
        return
    at = found[patterns[0]]
    verb, template = _pattern(patterns[0], at, reader)
    body = reader.text(found.get("body"), "body")
    answer = reader.text(found.get("response_body"), "response_body")
    if verb and template:
        yield Entry(selector, verb, template, body, answer, line(at), line(rule))


def _pattern(key: str, node: yaml.Node, reader: Reader) -> tuple[str, str]:
    if key != "custom":
        template = reader.text(node, key)
        if not template:
            reader.problem(line(node), f"{key} needs a template: /v1/things/{{id}}")
        return key.upper(), template
    custom = reader.mapping(node, ("kind", "path"), "custom")
    kind = reader.text(custom.get("kind"), "kind")
    path = reader.text(custom.get("path"), "path")
    if not (kind and path):
        reader.problem(line(node), "custom needs kind (a verb, or *) and path")
    return kind, path
