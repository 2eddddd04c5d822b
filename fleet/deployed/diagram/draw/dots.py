"""Tasks as dots, zone by zone: full ones run at least, hollow ones may be added."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.deployed.diagram.draw.text import LINE, SMALL, line
from fleet.deployed.diagram.graph import Tasks

_STEP = 11.0
_RADIUS = 3.6
_HEAD = 17.0
_GAP = 6.0
_MOST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Dots:
    """The dots of one service."""

    tasks: Tasks
    room: float
    """Pixels from left to right."""

    @property
    def _zones(self) -> int:
        return max(len(self.tasks.zones), 1)

    @property
    def _column(self) -> float:
        return (self.room - _GAP * (self._zones - 1)) / self._zones

    @property
    def _in_a_row(self) -> int:
        return max(int((self._column - 4) // _STEP), 1)

    @property
    def _rows(self) -> int:
        each = math.ceil(self.tasks.most / self._zones)
        return min(max(math.ceil(each / self._in_a_row), 1), _MOST_ROWS)

    @property
    def height(self) -> float:
        """In pixels."""
        return self._field_height + (LINE if self._hidden else 0)

    @property
    def _field_height(self) -> float:
        return _HEAD + self._rows * _STEP + 6

    def _of(self, zone: int) -> range:
        """Return the numbers of a zone's tasks: every n-th, as ECS spreads them."""
        return range(zone, self.tasks.most, self._zones)

    @property
    def _hidden(self) -> int:
        """How many tasks there is no room for."""
        room = self._rows * self._in_a_row
        return sum(max(len(self._of(zone)) - room, 0) for zone in range(self._zones))

    def svg(self, x: float, y: float) -> Iterator[str]:
        """Yield a field for each zone with its share of the tasks."""
        for at in range(self._zones):
            left = x + at * (self._column + _GAP)
            yield (
                f'<rect class="zone" x="{left:.1f}" y="{y:g}"'
                f' width="{self._column:.1f}" height="{self._field_height:g}" rx="4"/>'
            )
            if at < len(self.tasks.zones):
                # Zones of one region differ in their last sign: that is enough.
                zone = f"zone {self.tasks.zones[at][-1:]}"
                middle = left + self._column / 2
                room = self._column - 4
                yield line(zone, middle, y + 12, room, SMALL, middle=True)
            yield from self._field(at, left, y + _HEAD)
        if self._hidden:
            more = f"and {self._hidden:,} more"
            yield line(more, x, y + self.height - 2, self.room, SMALL)

    def _field(self, zone: int, left: float, top: float) -> Iterator[str]:
        """Yield the dots of one zone, as many as there is room for."""
        # Half a task is drawn as one: better one dot too many than Spot unseen.
        on_spot = math.ceil(self.tasks.spot)
        mine = self._of(zone)
        for at, task in enumerate(mine[: self._rows * self._in_a_row]):
            row, column = divmod(at, self._in_a_row)
            here = min(len(mine) - row * self._in_a_row, self._in_a_row)
            start = left + self._column / 2 - (here - 1) * _STEP / 2
            kind = "may" if task >= self.tasks.least else "runs"
            if task >= self.tasks.least - on_spot and kind == "runs":
                kind = "spot"
            yield (
                f'<circle class="{kind}" cx="{start + column * _STEP:.1f}"'
                f' cy="{top + 4 + row * _STEP:.1f}" r="{_RADIUS}"/>'
            )
