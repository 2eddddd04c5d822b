"""What a picture shows: boxes, arrows, and nothing of where they are."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

Kind = Literal[
    "outside",
    "balancer",
    "service",
    "caller",
    "store",
    "namespace",
    "network",
    "alarms",
    "repository",
    "stage",
]


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of a service, as dots."""

    zones: tuple[str, ...]
    least: int
    most: int
    spot: Decimal
    """Of the least, how many on Spot; a fraction, on average."""


@dataclass(frozen=True, slots=True)
class Node:
    """One box."""

    id: str
    """Unique; `stack/logical id` where there is one."""
    kind: Kind
    title: str
    facts: tuple[str, ...] = ()
    """Lines below the title."""
    tasks: Tasks | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    """One box may connect to another, or asks it."""

    source: str
    target: str
    label: str
    kind: Literal["may", "asks"] = "may"
    """may: a security group lets it in, at the ports of the label."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One environment, and what brings it there."""

    environment: str
    region: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    pipeline: str
    """Its name; empty: there is none."""

    def of(self, *kinds: Kind) -> tuple[Node, ...]:
        """Return the nodes of some kinds, in order."""
        return tuple(node for node in self.nodes if node.kind in kinds)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self, dict_factory=_plain)


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in pairs}
