"""Templates as a tree of segments: what matches a path, the best one first.

A literal is better than `*`, `*` is better than `**`, and an earlier segment
counts more than a later one. So two templates are never equally good for a path
unless they have one shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.gateway.routes.template import MANY, ONE, Template

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Node(Generic[T]):
    """What may follow one segment, and what ends here."""

    literals: dict[str, "Node[T]"] = field(default_factory=dict)
    one: "Node[T] | None" = None
    many: "Node[T] | None" = None
    ends: dict[str, dict[str, T]] = field(default_factory=dict)
    """By the template's verb ("" for none), then by that of HTTP."""


def add(root: Node[T], template: Template, verb: str, end: T) -> None:
    """Put *template* below *root*; *verb* is that of HTTP, or `*`."""
    node = root
    for segment in template.segments:
        if segment == ONE:
            node.one = node = node.one or Node()
        elif segment == MANY:
            node.many = node = node.many or Node()
        elif not isinstance(segment, str):
            node = node.literals.setdefault(segment.text, Node())
    node.ends.setdefault(template.verb, {})[verb] = end


def ends(root: Node[T], segments: Sequence[str], verb: str) -> Iterator[dict[str, T]]:
    """Yield the ends of every template that matches, the best one first.

    Args:
        root: The tree.
        segments: Of the path, decoded; an empty one matches nothing.
        verb: The template's, without the colon; "" for none.
    """
    last = len(segments)
    # A node is reached by one way only, so no path visits it twice: a request
    # costs at most the size of the table, whatever it asks.
    later = [(root, 0)]
    while later:
        node, at = later.pop()
        if node.many is not None:
            later.append((node.many, last))
        if at == last:
            if verb in node.ends:
                yield node.ends[verb]
            continue
        if node.one is not None:
            later.append((node.one, at + 1))
        literal = node.literals.get(segments[at])
        if literal is not None:
            later.append((literal, at + 1))
