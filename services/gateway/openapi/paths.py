"""A template of google.api.http as OpenAPI can say it.

OpenAPI knows one thing only, `{name}`: one segment. So constants are written out,
and each wildcard gets a name; `**`, which is many segments, is told in words.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from services.gateway.routes.template import MANY, Literal, Template, Variable, parse


@dataclass(frozen=True, slots=True)
class Wildcard:
    """One `*` or `**` of a template."""

    name: str
    """In the braces."""
    field: str
    """The path of the field that it is (a part of); "" for none."""
    part: str
    """What the field is, such as shelves/*; "" where it is this wildcard alone."""
    many: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A template, written for OpenAPI."""

    text: str
    wildcards: tuple[Wildcard, ...]

    @property
    def shape(self) -> str:
        """Return what OpenAPI tells paths apart by: the text without the names."""
        return re.sub(r"\{[^{}]*\}", "{}", self.text)

    def named_as(self, other: "Path") -> "Path":
        """Return this path with the names of *other*, which has the same shape."""
        names = [one.name for one in other.wildcards]
        renamed = tuple(
            Wildcard(name, one.field, one.part, one.many)
            for name, one in zip(names, self.wildcards, strict=True)
        )
        return Path(other.text, renamed)


def path_of(template: str) -> Path:
    """Return *template* as a path of OpenAPI.

    Raises:
        BadTemplate: It is not one.
    """
    read = parse(template)
    wildcards: list[Wildcard] = []
    pieces = []
    for at, segment in enumerate(read.segments):
        if isinstance(segment, Literal):
            pieces.append(quote(segment.text, safe="!$&'()+,;=@:"))
        else:
            wildcards.append(_wildcard(read, at))
            pieces.append(f"{{{wildcards[-1].name}}}")
    verb = f":{read.verb}" if read.verb else ""
    return Path(f"/{'/'.join(pieces)}{verb}", tuple(wildcards))


def _wildcard(read: Template, at: int) -> Wildcard:
    many = read.segments[at] == MANY
    for variable in read.variables:
        if variable.start <= at < variable.stop:
            return _captured(read, variable, at, many=many)
    # A field's name never begins with a digit.
    return Wildcard(str(_number(read, 0, at)), "", "", many)


def _captured(read: Template, variable: Variable, at: int, *, many: bool) -> Wildcard:
    inside = read.segments[variable.start : variable.stop]
    name = variable.path
    if sum(not isinstance(one, Literal) for one in inside) > 1:
        name = f"{name}.{_number(read, variable.start, at)}"
    texts = [one.text if isinstance(one, Literal) else one for one in inside]
    part = "/".join(texts) if len(texts) > 1 else ""
    return Wildcard(name, variable.path, part, many)


def _number(read: Template, start: int, at: int) -> int:
    """Count the wildcards from *start* to *at*, that one too."""
    return sum(not isinstance(one, Literal) for one in read.segments[start : at + 1])
