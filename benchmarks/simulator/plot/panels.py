"""How one scenario went, second by second: a panel for each policy.

Each panel shows its own line, and the others' faintly behind it: six lines in one
picture would hide each other wherever policies agree, which is most of the time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.simulator.outcome import WINDOW_S, Outcome, Point
from benchmarks.simulator.plot.scale import Scale, around, log_ticks
from benchmarks.simulator.plot.style import head
from benchmarks.simulator.scenario import Scenario
from fleet.deployed.diagram.draw.text import line
from fleet.deployed.diagram.draw.widths import width as width_of

SHOWN = ("round robin", "least of all", "least of two", "tower", "go-zero", "fleet")
_WIDTH = 960.0
_PANEL, _HIGH, _GAP = 268.0, 150.0, 34.0
_LEFT, _TOP, _STEP, _ACROSS = 50.0, 92.0, 208.0, 3
_AXES = {
    "p99": "99th percentile of the calls that began in each second, in ms",
    "failed": "calls that failed, of those that began in each second, in %",
    "goodput": "calls answered, of what the tasks can serve in each second, in %",
    "far": "calls that left their client's zone, of those of each second, in %",
}


@dataclass(frozen=True, slots=True)
class _Axes:
    """Of every panel alike, from its upper left corner."""

    scenario: Scenario
    x: Scale
    y: Scale
    ticks: Sequence[float]

    def path(self, one: Outcome) -> str:
        """Return the line of *one*, to be used in every panel."""
        places = " ".join(
            f"{self.x.at((at + 0.5) * WINDOW_S):.1f},"
            f"{self.y.at(_value(self.scenario, point)):.1f}"
            for at, point in enumerate(one.points)
        )
        return f'<path id="{_id(one)}" d="M{places}"/>'

    def ground(self) -> Iterator[str]:
        """Yield what stands below the lines."""
        if self.scenario.trouble:
            begin, end = (self.x.at(when) for when in self.scenario.trouble)
            width = f'width="{end - begin:.1f}" height="{_HIGH:g}"'
            yield f'<rect class="shade" x="{begin:.1f}" y="0" {width}/>'
        for tick in self.ticks:
            y, label = self.y.at(tick), f"{tick:g}"
            yield f'<path class="grid" d="M0 {y:.1f}H{_PANEL:g}"/>'
            yield line(label, -7 - width_of(label, 12), y + 4, 40, 12)
        for second in range(0, int(self.scenario.duration_s) + 1, 5):
            x = self.x.at(second)
            yield line(f"{second}", x, _HIGH + 17, 40, 12, middle=True)


def panels(scenario: Scenario, outcomes: Sequence[Outcome]) -> str:
    """Return the picture of one scenario; the same outcomes give the same bytes."""
    shown = [one for one in outcomes if one.strategy in (*SHOWN, *scenario.also)]
    axes = _axes(scenario, shown)
    height = _TOP + -(-len(shown) // _ACROSS) * _STEP
    parts = [
        *head(_WIDTH, height, scenario.title, _words(scenario, shown)),
        line(scenario.title, 20, 30, _WIDTH - 40, 18, bold=True),
        line(_AXES[scenario.plot], 20, 52, _WIDTH - 40, 13, kind="faint"),
        "<defs>",
        *(axes.path(one) for one in shown),
        "</defs>",
    ]
    for at, one in enumerate(shown):
        parts += _panel(axes, at, one, shown)
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    axes: _Axes, at: int, mine: Outcome, shown: Sequence[Outcome]
) -> Iterator[str]:
    row, column = divmod(at, _ACROSS)
    left, top = _LEFT + column * (_PANEL + _GAP), _TOP + row * _STEP
    yield f'<g transform="translate({left:g} {top:g})">'
    yield line(mine.strategy, 0, -9, 130, 14, bold=True)
    room = _PANEL - 110
    yield line(_figure(axes.scenario, mine), 110, -9, room, 12, kind="faint")
    yield from axes.ground()
    for other in shown:
        if other is not mine:
            yield f'<use class="other" href="#{_id(other)}"/>'
    kind = "ours" if mine.strategy.startswith("fleet") else "theirs"
    yield f'<use class="{kind}" href="#{_id(mine)}"/>'
    yield "</g>"


def _axes(scenario: Scenario, shown: Sequence[Outcome]) -> _Axes:
    values = [_value(scenario, point) for one in shown for point in one.points]
    low, high, log, ticks = _bounds(scenario, values)
    x = Scale(0, scenario.duration_s, 0, _PANEL)
    return _Axes(scenario, x, Scale(low, high, _HIGH, 0, log), ticks)


def _bounds(
    scenario: Scenario, values: Sequence[float]
) -> tuple[float, float, bool, list[float]]:
    if scenario.plot == "p99":
        low, high = around([value for value in values if value > 0])
        return low, high, True, log_ticks(low, high)
    if scenario.plot == "failed":
        _, high = around([max(*values, 1.0)])
    else:
        high = 150.0 if scenario.plot == "goodput" else 100.0
    return 0.0, high, False, [high * part / 5 for part in range(6)]


def _value(scenario: Scenario, point: Point) -> float:
    if scenario.plot == "p99":
        return point.p99_ms
    shares = {"failed": point.failed, "goodput": point.goodput, "far": point.far}
    return 100 * shares[scenario.plot]


def _figure(scenario: Scenario, one: Outcome) -> str:
    """Return the panel's figure over the whole run."""
    if scenario.plot == "goodput":
        return f"{100 * one.goodput:.0f} % in all"
    if scenario.plot == "failed":
        return f"{100 * one.failed:.2f} % in all"
    if scenario.plot == "far":
        return f"{100 * (one.far or 0):.0f} % in all"
    lost = f", {100 * one.failed:.1f} % failed" if one.failed else ""
    return f"{one.p99_ms:.0f} ms in all{lost}"


def _words(scenario: Scenario, shown: Sequence[Outcome]) -> str:
    """Say in words what can be seen."""
    said = "; ".join(f"{one.strategy} {_figure(scenario, one)}" for one in shown)
    return f"{_AXES[scenario.plot]}: {said}."


def _id(one: Outcome) -> str:
    return re.sub(r"[^a-z]+", "-", one.strategy)
