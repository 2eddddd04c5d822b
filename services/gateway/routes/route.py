"""A rule compiled: from the parts of a path, the query and the body to a request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.codec.text import load
from services.gateway.failure import Failure
from services.gateway.routes.escape import decode, decode_but_slash
from services.gateway.routes.leaf import leaf_of
from services.gateway.routes.query import Query
from services.gateway.routes.rule import Rule
from services.gateway.routes.template import MANY, Template, Variable
from services.gateway.schema.method import Method


class Route:
    """A rule, ready to bind.

    Args:
        rule: Checked against the schema.
        template: That of the rule.
        codec: Of the rule's schema.
        fully: `fully_decode_reserved_expansion`.
    """

    def __init__(
        self, rule: Rule, template: Template, codec: Codec, *, fully: bool
    ) -> None:
        self.rule = rule
        self.template = template
        self.response_body = (
            rule.method.output.fields_by_name[rule.response_body]
            if rule.response_body
            else None
        )
        self._codec = codec
        kind = rule.method.input
        leaves = [leaf_of(kind, one, codec, "field") for one in rule.variables]
        self._captures = [
            (leaf.put, _reader(variable, template, fully=fully))
            for leaf, variable in zip(leaves, template.variables, strict=True)
        ]
        self._query = Query(kind, codec, leaves, rule.body)

    def message(self, raw: Sequence[str], query: str, body: bytes) -> Message:
        """Return the request; *raw* are the path's segments, still encoded.

        Raises:
            Failure: INVALID_ARGUMENT, naming what is wrong.
        """
        message = self._from_body(body)
        if query:
            self._query.put(message, query)
        for put, text in self._captures:
            put(message, text(raw))
        return message

    def _from_body(self, body: bytes) -> Message:
        rule = self.rule
        if not body:
            return rule.method.request()
        if rule.body == "*":
            return self._codec.parse(rule.method.input, body)
        if not rule.body:
            raise Failure(
                Status.INVALID_ARGUMENT,
                f"{rule.verb} {rule.template} takes no body; its fields are"
                " parameters of the query",
            )
        return self._codec.from_plain(rule.method.input, {rule.body: load(body)})


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A route that a request has found: `Match`."""

    route: Route
    raw: Sequence[str]
    """The segments of the path, still encoded; without the verb."""

    @property
    def method(self) -> Method:
        """What is called."""
        return self.route.rule.method

    @property
    def takes_body(self) -> bool:
        """Whether the rule has a body."""
        return bool(self.route.rule.body)

    @property
    def pattern(self) -> str:
        """The template."""
        return self.route.rule.template

    @property
    def response_body(self) -> FieldDescriptor | None:
        """The one field that is the answer; None: the whole message is."""
        return self.route.response_body

    def message(self, query: str, body: bytes) -> Message:
        """Return the request: path over body over query.

        Raises:
            Failure: INVALID_ARGUMENT, naming what is wrong.
        """
        return self.route.message(self.raw, query, body)


def _reader(
    variable: Variable, template: Template, *, fully: bool
) -> Callable[[Sequence[str]], str]:
    """Return what reads the value of *variable* from the segments of a path."""
    start, stop = variable.start, variable.stop
    if variable.single:
        return lambda raw: decode(raw[start])
    if template.segments[stop - 1] != MANY:
        return lambda raw: "/".join(map(decode_but_slash, raw[start:stop]))
    # Only what `**` stands for may be decoded fully: `*` is one segment, and a
    # slash in it would make it two.
    rest = decode if fully else decode_but_slash
    return lambda raw: "/".join(
        (
            *map(decode_but_slash, raw[start : stop - 1]),
            *map(rest, raw[stop - 1 :]),
        )
    )
