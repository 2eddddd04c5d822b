"""YAML whose every part knows its line, read with all mistakes at once."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from fleet.errors import BadConfig
from services.gateway.failure import nearest

_MOST_BYTES = 256 * 1024
"""About two thousand rules."""
_MOST_DEPTH = 10
"""Of nesting; a file of rules has five."""


def line(node: yaml.Node) -> int:
    """Return where *node* begins, from 1."""
    return int(node.start_mark.line) + 1


def compose(path: Path) -> yaml.Node:
    """Read the file *path*.

    Raises:
        BadConfig: It is missing, too large, or no YAML.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadConfig(source, [error.strerror or str(error)]) from error
    if len(raw) > _MOST_BYTES:
        raise BadConfig(source, [f"is larger than {_MOST_BYTES // 1024} KiB"])
    try:
        node = yaml.compose(raw.decode(), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadConfig(source, [_reason(error)]) from error
    if node is None:
        raise BadConfig(source, ["line 1: is empty"])
    return node


class _Loader(yaml.SafeLoader):
    """Builds nodes; refuses what a file of rules never needs."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # An alias makes a graph that is larger than the file, even endless.
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (*name) are not read; write it out")
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            self._refuse(f"is nested more than {_MOST_DEPTH} deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, problem: str) -> None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        at = event.start_mark.line + 1 if event.start_mark else 1
        raise yaml.YAMLError(f"line {at}: {problem}")


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    text = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"line {mark.line + 1}: {text}" if mark else text


class Reader:
    """Takes nodes apart; notes each mistake and goes on."""

    def __init__(self) -> None:
        self._problems = set[tuple[int, str]]()

    def problem(self, at: int, text: str) -> None:
        """Note a mistake at line *at*."""
        self._problems.add((at, text))

    def problems(self) -> list[str]:
        """Return the mistakes, from the top of the file."""
        return [f"line {at}: {text}" for at, text in sorted(self._problems)]

    def mapping(
        self, node: yaml.Node | None, known: Iterable[str], what: str
    ) -> dict[str, yaml.Node]:
        """Return the values of *node* by key; empty where there is none."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.problem(line(node), f"{what} must be a mapping of names to values")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name not in known:
                self.problem(line(key), _unknown(what, name, known))
            elif name in found:
                self.problem(line(key), f"{name} is given twice")
            found[name] = value
        return found

    def items(self, node: yaml.Node | None, what: str) -> Iterable[yaml.Node]:
        """Return the items of the list *node*; none where there is none."""
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self.problem(line(node), f"{what} must be a list")
            return ()
        return tuple(node.value)

    def text(self, node: yaml.Node | None, what: str) -> str:
        """Return the text *node*; "" where there is none."""
        if node is None:
            return ""
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str"):
            return str(node.value)
        self.problem(line(node), f"{what} must be text")
        return ""

    def flag(self, node: yaml.Node | None, what: str) -> bool:
        """Return the truth value *node*; false where there is none."""
        if node is None:
            return False
        if not (isinstance(node, yaml.ScalarNode) and node.value in ("true", "false")):
            self.problem(line(node), f"{what} must be true or false")
            return False
        return bool(node.value == "true")


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else f"there is {', '.join(known)}"
    return f"no key {name[:100]!r} in {what}; {hint}"
