"""Every route, and finding the one of a request."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fleet.errors import BadConfig, Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure, invalid
from services.gateway.routes import file, nodes
from services.gateway.routes.check import check, served
from services.gateway.routes.escape import BadEscape, decode
from services.gateway.routes.match import Match
from services.gateway.routes.near import near
from services.gateway.routes.route import Found, Route
from services.gateway.routes.rule import Rule
from services.gateway.routes.trie import Node, add, ends
from services.gateway.schema.schema import Schema


class Routes:
    """A compiled table of rules. Never changed: a new file makes a new one."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._rules = tuple(route.rule for route in routes)
        self._root = Node[Route]()
        self._verbs = frozenset(route.template.verb for route in routes)
        for route in routes:
            add(self._root, route.template, route.rule.verb, route)

    @classmethod
    def load(
        cls, path: Path, schema: Schema, codec: Codec, *, only_served: bool = False
    ) -> "Routes":
        """Compile the file *path*.

        Args:
            path: In the form of `http.yaml`.
            schema: What there is.
            codec: Of the same pool.
            only_served: Leave out the rules of services that nobody serves.

        Raises:
            BadConfig: Every mistake at once, each with its line: rules that
                conflict, methods and fields that do not exist (a near one is
                named), templates that cannot be read.
        """
        reader = nodes.Reader()
        document = file.document(nodes.compose(path), reader)
        entries = document.entries
        if only_served:
            entries = served(entries, schema)
        checked = check(entries, schema, codec, reader)
        problems = reader.problems()
        if problems:
            raise BadConfig(str(path), problems)
        fully = document.fully_decode
        return cls(
            [Route(one.rule, one.template, codec, fully=fully) for one in checked]
        )

    def match(self, verb: str, path: str) -> Match:
        """Return the route of *verb* and the raw *path*.

        What stands behind the last colon is a template's verb where a route
        says so; else it belongs to the value. A colon sent as %3A always does.
        HEAD is matched as GET where it has no route of its own. An empty segment
        (so also a trailing slash) matches nothing, and `..` is a name like others.

        Raises:
            Failure: INVALID_ARGUMENT for a path that is no percent-encoded UTF-8,
                NOT_FOUND with the nearest route, or 405 with `Allow`.
        """
        for raw, decoded, custom in self._ways(path):
            for found in ends(self._root, decoded, custom):
                route = found.get(verb) or _stand_in(found, verb)
                if route is not None:
                    return Found(route, raw)
        raise self._refusal(verb, path)

    def rules(self) -> Sequence[Rule]:
        """Return every binding, in the order of the file: for OpenAPI."""
        return self._rules

    def _ways(self, path: str) -> Iterator[tuple[list[str], list[str], str]]:
        """Yield how *path* can be read: segments, the same decoded, and the verb."""
        raw = path[1:].split("/") if path != "/" else []
        if "" in raw or not path.startswith("/"):
            return
        decoded = raw if "%" not in path and path.isascii() else _decoded(path, raw)
        head, _, custom = raw[-1].rpartition(":") if ":" in path else ("", "", "")
        if head and custom and custom in self._verbs:
            yield [*raw[:-1], head], [*decoded[:-1], decode(head)], custom
        yield raw, decoded, ""

    def _refusal(self, verb: str, path: str) -> Failure:
        allowed = {
            one
            for _, decoded, custom in self._ways(path)
            for found in ends(self._root, decoded, custom)
            for one in found
        }
        if not allowed:
            hint = near(self._rules, verb, path)
            text = f"no route {verb[:20]} {path[:200]}{hint}"
            return Failure(Status.NOT_FOUND, text)
        names = ", ".join(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
        return Failure(
            Status.UNIMPLEMENTED,
            f"{path[:200]} does not take {verb[:20]}; allowed is {names}",
            http=405,
            headers=[(b"allow", names.encode())],
        )


def _stand_in(found: dict[str, Route], verb: str) -> Route | None:
    route = found.get("GET") if verb == "HEAD" else None
    return route or found.get("*")


def _decoded(path: str, raw: list[str]) -> list[str]:
    try:
        return [decode(one) for one in raw]
    except BadEscape as error:
        allowed = f"percent-encoded UTF-8: {error}"
        raise invalid("path", path, allowed) from error
