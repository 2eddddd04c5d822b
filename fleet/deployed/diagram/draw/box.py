"""A box: where it is, how high its content makes it, its content as SVG."""

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.deployed.diagram.draw.dots import Dots
from fleet.deployed.diagram.draw.text import FACT, LINE, TITLE, line
from fleet.deployed.diagram.draw.widths import wrapped
from fleet.deployed.diagram.graph import Node
from fleet.deployed.plain import plain

PAD = 12
_HEAD = 26
_MOST_LINES = 12
_CLASSES = {
    "outside": "grey",
    "balancer": "blue",
    "service": "green",
    "caller": "grey",
    "store": "orange",
    "namespace": "purple",
    "network": "grey",
    "alarms": "red",
    "repository": "orange",
    "stage": "blue",
}


@dataclass(slots=True)
class Box:
    """A node with a place."""

    node: Node
    width: float
    x: float = 0
    y: float = 0
    height: float = 0
    row: int = 0
    """In its column."""
    strong: bool = False
    """With a thicker border."""

    @property
    def need(self) -> float:
        """The height that the content takes."""
        dots = self._dots.height + 6 if self._dots else 0
        return _HEAD + LINE * len(self._lines) + dots + PAD

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        """Half way to the right."""
        return self.x + self.width / 2

    @property
    def _lines(self) -> list[str]:
        """The facts, broken where they are wider than the box."""
        room = self.width - 2 * PAD
        every = (wrapped(plain(fact), room, FACT) for fact in self.node.facts)
        return [part for parts in every for part in parts][:_MOST_LINES]

    @property
    def _dots(self) -> Dots | None:
        return Dots(self.node.tasks, self.width - 2 * PAD) if self.node.tasks else None

    def svg(self) -> Iterator[str]:
        """Yield the frame, the title, the facts and the tasks."""
        kind = _CLASSES[self.node.kind]
        yield f'<g class="{kind}{" strong" if self.strong else ""}">'
        yield (
            f'<rect x="{self.x:g}" y="{self.y:g}" width="{self.width:g}"'
            f' height="{self.height:g}" rx="8"/>'
        )
        room, left = self.width - 2 * PAD, self.x + PAD
        yield line(self.node.title, left, self.y + 20, room, TITLE, bold=True)
        y = self.y + _HEAD + 12
        for fact in self._lines:
            yield line(fact, left, y, room, FACT)
            y += LINE
        if self._dots:
            yield from self._dots.svg(left, y - 6)
        yield "</g>"
