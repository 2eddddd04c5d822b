"""Path templates as google.api.http writes them.

The grammar, from google/api/http.proto:

    Template = "/" Segments [ Verb ] ;       Segments = Segment { "/" Segment } ;
    Segment  = "*" | "**" | LITERAL | Variable ;
    Variable = "{" FieldPath [ "=" Segments ] "}" ;
    FieldPath = IDENT { "." IDENT } ;        Verb = ":" LITERAL ;
"""

import re
from dataclasses import dataclass

from services.gateway.routes.escape import BadEscape, decode

ONE = "*"
MANY = "**"

# What a literal may be: the characters of an RFC 3986 segment, but for those
# that the grammar has taken (* { } = are not, or mean something; : is a verb).
_LITERAL = re.compile(r"(?:[A-Za-z0-9._~!$&'()+,;=@-]|%[0-9A-Fa-f]{2})+")
_FIELD_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_VARIABLE = re.compile(r"\{([^{}=]*)(?:=([^{}]*))?\}")


class BadTemplate(ValueError):
    """A template that cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A segment that is this text, decoded."""

    text: str


Segment = Literal | str
"""A `Literal`, or the wildcard `ONE` or `MANY`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A field, and the segments that it captures."""

    path: str
    start: int
    stop: int
    """Behind the last one; counts `**` as one segment."""
    single: bool
    """Exactly one segment: all of its value is decoded, slashes too."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template, taken apart."""

    text: str
    segments: tuple[Segment, ...]
    variables: tuple[Variable, ...]
    verb: str
    """Without the colon; "" for none."""

    @property
    def shape(self) -> tuple[tuple[Segment, ...], str]:
        """Return what it matches: two of one shape match the same paths."""
        return self.segments, self.verb


def parse(text: str) -> Template:
    """Take the template *text* apart.

    Raises:
        BadTemplate: It is not one.
    """
    if not text.startswith("/"):
        raise BadTemplate("must begin with /")
    body, verb = _verb(text[1:])
    segments: list[Segment] = []
    variables: list[Variable] = []
    for piece in _pieces(body):
        if piece.startswith("{"):
            variables.append(_variable(piece, segments))
        else:
            segments.append(_segment(piece))
    if MANY in segments[:-1]:
        raise BadTemplate("** must be the last segment")
    _unlike(variables)
    return Template(text, tuple(segments), tuple(variables), verb)


def _verb(text: str) -> tuple[str, str]:
    """Split off the verb: behind the last colon that is in no variable."""
    head, colon, verb = text.rpartition(":")
    if not colon or "}" in verb:
        return text, ""
    if not _LITERAL.fullmatch(verb):
        raise BadTemplate(f"{':' + verb!r} is no verb: letters, digits and -._~ are")
    return head, verb


def _pieces(text: str) -> list[str]:
    """Split at the slashes that are in no variable."""
    pieces, depth = [""], 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth not in (0, 1):
            raise BadTemplate("variables cannot be nested" if depth > 1 else _BRACES)
        if char == "/" and not depth:
            pieces.append("")
        else:
            pieces[-1] += char
    if depth:
        raise BadTemplate(_BRACES)
    return pieces


_BRACES = "has a brace without its partner"


def _variable(piece: str, segments: list[Segment]) -> Variable:
    """Read a variable; its segments are added to *segments*."""
    found = _VARIABLE.fullmatch(piece)
    if not found:
        raise BadTemplate(f"{piece!r} is not one variable: {{field}} or {{field=...}}")
    path, inner = found[1], ONE if found[2] is None else found[2]
    if not _FIELD_PATH.fullmatch(path):
        raise BadTemplate(f"{path!r} is not the path of a field")
    start = len(segments)
    segments.extend(_segment(one) for one in inner.split("/"))
    stop = len(segments)
    return Variable(path, start, stop, stop == start + 1 and segments[start] != MANY)


def _segment(piece: str) -> Segment:
    if piece in (ONE, MANY):
        return piece
    if not piece:
        raise BadTemplate("has an empty segment")
    if not _LITERAL.fullmatch(piece):
        raise BadTemplate(
            f"segment {piece!r} must be *, **, {{field}}, or text with other"
            " characters percent-encoded"
        )
    try:
        return Literal(decode(piece))
    except BadEscape as error:
        raise BadTemplate(f"segment {piece!r}: {error}") from error


def _unlike(variables: list[Variable]) -> None:
    paths = [one.path for one in variables]
    for path in paths:
        if paths.count(path) > 1:
            raise BadTemplate(f"captures {path} twice")
