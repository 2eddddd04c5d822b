"""Where each box is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fleet.deployed.diagram.draw.box import Box
from fleet.deployed.diagram.draw.columns import columns
from fleet.deployed.diagram.graph import Graph, Node

WIDTH = 1000.0
EDGE = 20.0
_INNER = 16.0
_HEADER = 62.0
_CHANNEL = 38.0
"""Room above the boxes for arrows that pass over others."""
_GUTTER = 52.0
"""Between columns: as wide as a port."""
_ROW_GAP = 26.0
_BAND_GAP = 40.0
_LANE_GAP = 46.0
_SLIM = 0.7
"""The width of a box of few words, in parts of a wide one."""


@dataclass(slots=True)
class Frame:
    """A dashed line around boxes that belong together."""

    title: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Plan:
    """Every box with its place."""

    flow: list[list[Box]]
    band: list[Box]
    lane: list[Box]
    frames: list[Frame] = field(default_factory=list)
    channel: float = 0
    """Where arrows pass over the boxes of the flow."""
    height: float = 0

    @property
    def boxes(self) -> list[Box]:
        """All of them."""
        return [
            *(box for column in self.flow for box in column),
            *self.band,
            *self.lane,
        ]


def place(graph: Graph) -> Plan:
    """Return the plan of *graph*: the flow of calls, what it stands on, delivery."""
    stages = graph.of("repository", "stage")
    flow = _flow(columns(graph))
    plan = Plan(flow, _row(graph.of("namespace", "network", "alarms")), _row(stages))
    top = _HEADER + _CHANNEL + _INNER
    plan.channel = top - 18
    y = _stack_rows(plan.flow, top)
    left = _border(plan.flow)
    right = WIDTH - EDGE - _INNER
    y = _lay(plan.band, y + _BAND_GAP, left + _INNER, right, most=3)
    plan.frames.append(
        Frame(
            f"environment {graph.environment}, {graph.region}".rstrip(", "),
            left,
            _HEADER,
            WIDTH - EDGE - left,
            y + _INNER - _HEADER,
        )
    )
    y += _INNER
    if plan.lane:
        top = y + _LANE_GAP
        y = _lay(plan.lane, top + 30, EDGE + _INNER, right, most=7)
        title = f"delivery: pipeline {graph.pipeline}" if graph.pipeline else "delivery"
        plan.frames.append(Frame(title, EDGE, top, WIDTH - 2 * EDGE, y + _INNER - top))
        y += _INNER
    plan.height = y + 44
    return plan


def _flow(nodes: Sequence[Sequence[Node]]) -> list[list[Box]]:
    """Return the boxes of the flow with their widths and left edges."""
    parts = [_SLIM if _is_slim(column) else 1.0 for column in nodes]
    gutters = _GUTTER * (len(nodes) - 1)
    whole = (WIDTH - 2 * EDGE - _INNER - gutters) / max(sum(parts), 1)
    wide = min(whole, 260.0)
    spare = (whole - wide) * sum(parts) / max(len(parts) - 1, 1)
    x, made = EDGE, []
    for part, column in zip(parts, nodes, strict=True):
        made.append([Box(node, part * wide, x=x) for node in column])
        x += part * wide + _GUTTER + spare
    return made


def _is_slim(column: Sequence[Node]) -> bool:
    return all(node.kind in {"outside", "balancer"} for node in column)


def _border(flow: Sequence[Sequence[Box]]) -> float:
    """Return where the environment begins: right of who stands outside."""
    if len(flow) > 1 and all(box.node.kind == "outside" for box in flow[0]):
        # Near to them: the label of what comes in has its place behind it.
        return flow[0][0].right + _INNER / 2
    return EDGE


def _stack_rows(flow: Sequence[Sequence[Box]], top: float) -> float:
    """Put the n-th boxes of all columns on one height; return where they end."""
    y = top
    for row in range(max(map(len, flow), default=0)):
        boxes = [column[row] for column in flow if row < len(column)]
        high = max(box.need for box in boxes)
        for box in boxes:
            # As high as needed, around one middle, so that arrows are level.
            box.row, box.height = row, high if box.node.tasks else box.need
            box.y = y + (high - box.height) / 2
        y += high + _ROW_GAP
    return y - _ROW_GAP if flow else top


def _row(nodes: Sequence[Node]) -> list[Box]:
    return [Box(node, 0) for node in nodes]


def _lay(boxes: list[Box], top: float, left: float, right: float, most: int) -> float:
    """Put *boxes* beside each other, at most so many in a row; return the end."""
    gap = 24.0 if most <= 3 else 18.0  # noqa: PLR2004 - few are wide
    y = top
    for start in range(0, len(boxes), most):
        some = boxes[start : start + most]
        many = len(some) if len(boxes) <= most else most
        wide = (right - left - gap * (many - 1)) / many
        for at, box in enumerate(some):
            box.x, box.y, box.width = left + at * (wide + gap), y, wide
        high = max(box.need for box in some)
        for box in some:
            box.height = high
        y += high + _ROW_GAP
    return y - _ROW_GAP if boxes else top
