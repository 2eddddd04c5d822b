"""The rules of the file against the schema."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor

from services.gateway.codec import Codec
from services.gateway.failure import Failure, nearest
from services.gateway.routes import template as templates
from services.gateway.routes.file import Entry
from services.gateway.routes.leaf import leaf_of
from services.gateway.routes.nodes import Reader
from services.gateway.routes.reach import VERBS, taken
from services.gateway.routes.rule import Rule
from services.gateway.routes.template import BadTemplate, Template
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema

_log = logging.getLogger(__name__)

_RAW = "google.api.HttpBody"
_SHOWN = 20
"""Names in one complaint."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule without mistakes, and its template."""

    rule: Rule
    template: Template


def served(entries: Sequence[Entry], schema: Schema) -> tuple[Entry, ...]:
    """Return those of *entries* whose service somebody serves."""
    there = {one.selector.rpartition(".")[0] for one in schema.methods.values()}
    return tuple(one for one in entries if one.selector.rpartition(".")[0] in there)


def check(
    entries: Sequence[Entry], schema: Schema, codec: Codec, reader: Reader
) -> list[Checked]:
    """Look up everything that *entries* name; mistakes are left in *reader*."""
    methods = {one.selector: one for one in schema.methods.values()}
    last = {entry.selector: entry.rule for entry in entries}
    good: list[Checked] = []
    for entry in entries:
        method = methods.get(entry.selector)
        if method is None:
            if entry.selector:
                reader.problem(entry.rule, _missing("method", entry.selector, methods))
            continue
        found = _template(entry, reader)
        problems = [*_method(method), *_body(entry, method), *_answer(entry, method)]
        if found:
            problems += _variables(found, method, codec)
            problems += taken(found, schema.methods)
        for text in problems:
            reader.problem(entry.line, text)
        if found and not problems and entry.rule == last[entry.selector]:
            good.append(Checked(_rule(entry, method, found), found))
    _conflicts(good, reader)
    _replaced(entries, last)
    return good


def _rule(entry: Entry, method: Method, found: Template) -> Rule:
    return Rule(
        method=method,
        verb=entry.verb,
        template=entry.template,
        variables=tuple(one.path for one in found.variables),
        body=entry.body,
        response_body=entry.response_body,
        line=entry.line,
    )


def _template(entry: Entry, reader: Reader) -> Template | None:
    if entry.verb not in VERBS:
        reader.problem(entry.line, _missing("verb", entry.verb, VERBS))
    try:
        return templates.parse(entry.template)
    except BadTemplate as error:
        reader.problem(entry.line, f"template {entry.template!r}: {error}")
        return None


def _method(method: Method) -> Iterator[str]:
    if method.client_streaming:
        yield f"{method.selector} takes a stream of requests, which HTTP cannot say"
    for kind in (method.input, method.output):
        if kind.full_name == _RAW:
            yield f"{method.selector} uses {_RAW}, which is not supported"


def _variables(found: Template, method: Method, codec: Codec) -> Iterator[str]:
    taken: dict[str, str] = {}
    for variable in found.variables:
        try:
            leaf = leaf_of(method.input, variable.path, codec, "field")
        except Failure as failure:
            yield f"{{{variable.path}}} of {method.input.full_name}: {failure.message}"
            continue
        if leaf.repeated or leaf.fields[-1].message_type:
            yield f"{{{variable.path}}} must be a single value, not a list or message"
        if leaf.path != variable.path:
            yield f"{{{variable.path}}} must be named as in the proto: {leaf.path}"
        for oneof, member in leaf.choices:
            other = taken.setdefault(oneof, member)
            if other != member:
                yield f"{{{variable.path}}}: {other} of the same oneof is captured too"


def _body(entry: Entry, method: Method) -> Iterator[str]:
    if entry.body and entry.verb in ("GET", "HEAD"):
        yield f"{entry.verb} cannot have a body"
    if entry.body not in ("", "*"):
        yield from _field(entry.body, "body", method.input)


def _answer(entry: Entry, method: Method) -> Iterator[str]:
    if entry.response_body and method.server_streaming:
        yield "response_body: a stream has none, its answers are sent whole"
    elif entry.response_body:
        yield from _field(entry.response_body, "response_body", method.output)


def _field(name: str, what: str, kind: Descriptor) -> Iterator[str]:
    field = kind.fields_by_name.get(name)
    if field is None:
        yield f"{what}: {_missing('field', name, kind.fields_by_name)}"
    elif field.message_type and field.message_type.full_name == _RAW:
        yield f"{what} {name} is a {_RAW}, which is not supported"


def _missing(what: str, name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    near = nearest(name, names)
    there = ", ".join(names[:_SHOWN]) or "none"
    hint = f"did you mean {near!r}?" if near else f"there is {there}"
    return f"no {what} {name[:100]!r}; {hint}"


def _conflicts(rules: Sequence[Checked], reader: Reader) -> None:
    """Complain of two rules that are equally good for the same requests."""
    first: dict[object, Rule] = {}
    for one in rules:
        rule = one.rule
        other = first.setdefault((rule.verb, one.template.shape), rule)
        if other is not rule:
            reader.problem(
                rule.line,
                f"{rule.verb} {rule.template} matches the same paths as"
                f" {other.template} in line {other.line}",
            )


def _replaced(entries: Sequence[Entry], last: dict[str, int]) -> None:
    """Warn of rules that a later one replaces: Google's rule is that the last wins."""
    replaced = {
        (entry.rule, entry.selector)
        for entry in entries
        if entry.rule != last[entry.selector]
    }
    for line, selector in sorted(replaced):
        text = "line %d: the rule of %s is replaced by that in line %d"
        _log.warning(text, line, selector, last[selector])
