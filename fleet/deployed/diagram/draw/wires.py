"""Arrows between boxes, round the boxes between them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.deployed.diagram.draw.box import Box
from fleet.deployed.diagram.draw.place import Plan
from fleet.deployed.diagram.draw.text import SMALL, line
from fleet.deployed.diagram.draw.widths import width
from fleet.deployed.diagram.graph import Arrow, Graph

_ROUND = 8.0
_LANE = 9.0
"""Between two arrows that pass over the same boxes."""
_TIP = 1.0


@dataclass(slots=True)
class Wires:
    """Draws every arrow of a graph over a plan."""

    graph: Graph
    plan: Plan
    _over: int = 0

    def svg(self) -> Iterator[str]:
        """Yield a path and a label for each arrow whose boxes are there."""
        boxes = {box.node.id: box for box in self.plan.boxes}
        at = {
            box.node.id: index
            for index, column in enumerate(self.plan.flow)
            for box in column
        }
        for arrow in self.graph.arrows:
            source, target = boxes.get(arrow.source), boxes.get(arrow.target)
            if source is None or target is None or source is target:
                continue
            if arrow.kind == "asks":
                yield from self._down(arrow, source, target)
            elif (
                at[source.node.id] == at[target.node.id]
                and source.row == target.row + 1
            ):
                yield from self._up(arrow, source, target)
            elif at[target.node.id] - at[source.node.id] == 1:
                yield from self._beside(arrow, source, target)
            else:
                yield from self._above(arrow, source, target)

    def _beside(self, arrow: Arrow, source: Box, target: Box) -> Iterator[str]:
        """To the next column; in the middle where both stand on one height."""
        if source.row == target.row:
            start = end = source.middle
        else:
            start, end = source.middle, target.bottom - 24
        half = (source.right + target.x) / 2
        yield _path(
            "may",
            source.right,
            start,
            [(half, start), (half, end), (target.x - _TIP, end)],
        )
        room = target.x - source.right
        yield from _label(arrow.label, half, end - 8, room)

    def _up(self, arrow: Arrow, source: Box, target: Box) -> Iterator[str]:
        """To the box right above it."""
        x = source.centre
        yield _path("may", x, source.y, [(x, target.bottom + _TIP)])
        middle = (source.y + target.bottom) / 2 + SMALL * 0.35
        yield line(arrow.label, x + 10, middle, source.width / 2 - 10, SMALL, bold=True)

    def _above(self, arrow: Arrow, source: Box, target: Box) -> Iterator[str]:
        """Over the boxes between, each arrow on a height of its own."""
        y = self.plan.channel - _LANE * self._over
        x = target.centre - 14 * self._over
        self._over += 1
        points = [(x, y), (x, target.y - _TIP)]
        if source.row == 0:
            yield _path("may", source.centre, source.y, [(source.centre, y), *points])
        else:
            out = source.right + 14
            start = [(out, source.middle), (out, y)]
            yield _path("may", source.right, source.middle, [*start, *points])
        # Labels of arrows that lie close stand beside each other.
        middle = (source.centre + x) / 2 + 48 * (self._over - 1)
        yield from _label(arrow.label, middle, y + 4, 120)

    def _down(self, arrow: Arrow, source: Box, target: Box) -> Iterator[str]:
        """To what the services stand on, between the columns if a box is in the way."""
        column = next(c for c in self.plan.flow if source in c)
        x = min(max(source.centre, target.x + 30), target.right - 30)
        if column[-1] is source:
            # Straight, if they lie above each other.
            out = min(max(x, source.x + 20), source.right - 20)
            half = (max(c.bottom for row in self.plan.flow for c in row) + target.y) / 2
            bends = [(out, half), (x, half)] if x != out else []
            begin = (out, source.bottom)
        else:
            out = source.x - 16
            x = min(max(out, target.x + 30), target.right - 30)
            half = target.y - 18
            begin = (source.x, source.bottom - 18)
            bends = [(out, source.bottom - 18), (out, half), (x, half)]
        yield _path("asks", *begin, [*bends, (x, target.y - _TIP)])
        text, right = f"asks by {arrow.label}", begin[0] + 10
        yield line(text, right, source.bottom + 17, 200, SMALL, kind="faint")


def _label(text: str, x: float, y: float, room: float) -> Iterator[str]:
    """Yield *text* around *x* on paper of its own, so that no line crosses it."""
    long = min(width(text, SMALL, bold=True), room - 8)
    yield (
        f'<rect class="mask" x="{x - long / 2 - 3:.1f}" y="{y - 10:.1f}"'
        f' width="{long + 6:.1f}" height="13"/>'
    )
    yield line(text, x, y, room - 8, SMALL, bold=True, middle=True)


def _path(kind: str, x: float, y: float, points: list[tuple[float, float]]) -> str:
    """Return a line through *points* with round corners and a tip."""
    parts = [f"M{x:.1f} {y:.1f}"]
    before = (x, y)
    for here, after in itertools.pairwise(points):
        near = min(_ROUND, _far(before, here) / 2, _far(here, after) / 2)
        enter, leave = _toward(here, before, near), _toward(here, after, near)
        parts.append(f"L{enter[0]:.1f} {enter[1]:.1f}")
        parts.append(f"Q{here[0]:.1f} {here[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}")
        before = here
    parts.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
    return f'<path class="{kind}" d="{"".join(parts)}" marker-end="url(#tip-{kind})"/>'


def _far(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(
    start: tuple[float, float], end: tuple[float, float], by: float
) -> tuple[float, float]:
    far = _far(start, end)
    if not far:
        return start
    part = by / far
    return (
        start[0] + (end[0] - start[0]) * part,
        start[1] + (end[1] - start[1]) * part,
    )
