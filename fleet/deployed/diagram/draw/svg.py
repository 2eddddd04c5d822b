"""The picture, put together."""

import itertools
from collections.abc import Iterator
from xml.sax.saxutils import escape

from fleet.deployed.diagram.draw.place import EDGE, WIDTH, Frame, Plan, place
from fleet.deployed.diagram.draw.style import css
from fleet.deployed.diagram.draw.text import FACT, SMALL, line
from fleet.deployed.diagram.draw.wires import Wires
from fleet.deployed.diagram.draw.words import description
from fleet.deployed.diagram.graph import Graph
from fleet.deployed.plain import plain

_LEGEND = (
    ("runs", "a task that always runs"),
    ("spot", "one of them on Spot"),
    ("may", "a task that scaling may add"),
)


def draw(graph: Graph) -> str:
    """Return *graph* as an SVG: the same graph gives the same bytes."""
    plan = place(graph)
    for box in plan.lane:
        box.strong = box.node.kind == "stage" and box.node.title == graph.environment
    return "\n".join([*_head(graph, plan), *_body(graph, plan), "</svg>", ""])


def _head(graph: Graph, plan: Plan) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g}'
        f' {plan.height:g}" role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{escape(plain(_title(graph)))}</title>'
    yield f'<desc id="desc">{escape(plain(description(graph)))}</desc>'
    yield f"<style>{css()}</style>"
    yield "<defs>"
    for kind in ("may", "asks"):
        yield (
            f'<marker id="tip-{kind}" viewBox="0 0 10 10" refX="9" refY="5"'
            ' markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse"'
            f' orient="auto"><path class="tip-{kind}" d="M0 0L10 5L0 10z"/></marker>'
        )
    yield "</defs>"


def _title(graph: Graph) -> str:
    return f"The fleet as it is deployed: {graph.environment}"


def _body(graph: Graph, plan: Plan) -> Iterator[str]:
    yield f'<rect class="paper" width="{WIDTH:g}" height="{plan.height:g}"/>'
    yield line(_title(graph), EDGE, 34, WIDTH - 2 * EDGE, 19, bold=True)
    for frame in plan.frames:
        yield from _frame(frame)
    yield from _stages(plan)
    yield from Wires(graph, plan).svg()
    for box in plan.boxes:
        yield from box.svg()
    yield from _legend(graph, plan)


def _frame(frame: Frame) -> Iterator[str]:
    yield (
        f'<rect class="frame" x="{frame.x:g}" y="{frame.y:g}"'
        f' width="{frame.width:g}" height="{frame.height:g}" rx="12"/>'
    )
    yield line(
        frame.title, frame.x + 16, frame.y + 20, frame.width - 32, FACT, kind="faint"
    )


def _stages(plan: Plan) -> Iterator[str]:
    """Yield what leads from stage to stage, and from the last to its environment."""
    stages = [box for box in plan.lane if box.node.kind == "stage"]
    for one, other in itertools.pairwise(stages):
        if one.y == other.y:
            yield _lead(f"M{one.right:g} {one.middle:g}H{other.x - 1:g}")
    for box in stages:
        if box.strong and plan.frames:
            top = plan.frames[0].y + plan.frames[0].height
            yield _lead(f"M{box.centre:g} {box.y:g}V{top + 2:g}")
            yield line("deploys", box.centre + 9, top + 27, 90, SMALL, kind="faint")


def _lead(path: str) -> str:
    return f'<path class="leads" d="{path}" marker-end="url(#tip-may)"/>'


def _legend(graph: Graph, plan: Plan) -> Iterator[str]:
    x, y = EDGE, plan.height - 16
    spot = any(node.tasks and node.tasks.spot for node in graph.nodes)
    yield "<g>"
    for kind, text in _LEGEND:
        if kind != "spot" or spot:
            yield f'<circle class="{kind}" cx="{x + 5:g}" cy="{y - 4:g}" r="3.6"/>'
            yield line(text, x + 15, y, 200, SMALL, kind="faint")
            x += 190
    text = "solid arrows: what security groups let in, with the port"
    yield line(text, x, y, WIDTH - EDGE - x, SMALL, kind="faint")
    yield "</g>"
