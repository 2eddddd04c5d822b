"""The parameters of a URL, set in a request."""

from collections.abc import Iterable, Iterator

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.routes.escape import BadEscape, decode
from services.gateway.routes.leaf import Leaf, choices_of, field_of, leaf_of, wrong

_MOST = 1000
"""Parameters of one URL."""
_KEPT = 1000
"""Names that are remembered: a type that contains itself has no end of them."""
_WHAT = "query parameter"


class Query:
    """How the parameters of one rule are read. It may serve many requests at once.

    Args:
        kind: The request.
        codec: Knows how to set a field.
        path: What the path has bound already.
        body: The field that the body is, `*` for all, "" for none.
    """

    def __init__(
        self, kind: Descriptor, codec: Codec, path: Iterable[Leaf], body: str
    ) -> None:
        path = tuple(path)
        self._kind = kind
        self._codec = codec
        self._body = body
        self._path = {leaf.path for leaf in path}
        self._taken = {key: name for leaf in path for key, name in leaf.choices}
        if body in kind.fields_by_name:
            self._taken.update(choices_of([kind.fields_by_name[body]]))
        self._leaves: dict[str, Leaf] = {}
        self._timed = is_timed(kind)

    def put(self, message: Message, query: str) -> None:
        """Set the fields of *message* that *query* (still encoded) names.

        Raises:
            Failure: Naming the parameter.
        """
        if not query:
            return
        seen = set[str]()
        taken = dict(self._taken)
        for name, text in pairs(query):
            if is_option(name, timed=self._timed):
                continue
            leaf = self._leaves.get(name) or self._leaf(name)
            _once(leaf, name, seen, taken)
            leaf.put(message, text)

    def _leaf(self, name: str) -> Leaf:
        if self._body == "*":
            raise wrong(_WHAT, name, "is not taken: the body has all fields")
        leaf = leaf_of(self._kind, name, self._codec, _WHAT)
        if leaf.path in self._path:
            raise wrong(_WHAT, name, "is set by the path")
        if leaf.fields[0].name == self._body:
            raise wrong(_WHAT, name, f"is set by the body, which is {self._body}")
        if len(self._leaves) < _KEPT:
            self._leaves[name] = leaf
        return leaf


def _once(leaf: Leaf, name: str, seen: set[str], taken: dict[str, str]) -> None:
    """Note that *leaf* is set; complain where one value would hide another."""
    if not leaf.repeated:
        if leaf.path in seen:
            raise given_twice(name)
        seen.add(leaf.path)
    for oneof, member in leaf.choices:
        other = taken.setdefault(oneof, member)
        if other != member:
            raise wrong(_WHAT, name, f"cannot stand beside {other}: one of {oneof}")


def is_timed(kind: Descriptor) -> bool:
    """Tell whether a parameter `timeout` is an option, and no field of *kind*."""
    return field_of(kind, "timeout") is None


def is_option(name: str, *, timed: bool) -> bool:
    """Tell whether the parameter *name* is none of the request's fields."""
    return name.startswith("$") or (timed and name == "timeout")


def given_twice(name: str) -> Failure:
    """Return the failure of a parameter of one value that stands there twice."""
    return wrong(_WHAT, name, "is given twice and takes one value")


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield names and values of *query*, decoded.

    Raises:
        Failure: One that cannot be decoded, or too many.
    """
    parts = query.split("&", _MOST)
    if len(parts) > _MOST:
        text = f"the query has more than {_MOST} parameters"
        raise Failure(Status.INVALID_ARGUMENT, text)
    for part in parts:
        if part:
            name, _, text = part.partition("=")
            name = _decoded(name, name)
            yield name, _decoded(name, text)


def _decoded(name: str, text: str) -> str:
    try:
        return decode(text.replace("+", " "))
    except BadEscape as error:
        raise wrong(_WHAT, name, f"is not percent-encoded UTF-8: {error}") from error
