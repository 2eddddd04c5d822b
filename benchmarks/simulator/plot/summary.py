"""All scenarios in one picture: where each policy's 99th percentile is."""

from collections.abc import Iterator, Sequence

from benchmarks.simulator.outcome import Outcome
from benchmarks.simulator.plot.scale import Scale, around, log_ticks
from benchmarks.simulator.plot.style import head
from benchmarks.simulator.scenario import Scenario
from fleet.deployed.diagram.draw.text import line

Runs = tuple[Scenario, Sequence[Outcome]]
_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 960.0, 150.0, 930.0, 112.0, 34.0
_AXIS = "99th percentile, ms; a call that failed counts with its whole timeout"
_MARKS = {
    "round robin": "M-5 -5H5V5H-5z",
    "least of all": "M0 -6L6 5H-6z",
    "least of two": "M0 6L6 -5H-6z",
    "tower": "M0 -6.5L6.5 0L0 6.5L-6.5 0z",
    "go-zero": "M-5 -5L5 5M-5 5L5 -5",
    "fleet": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z",
}


def summary(runs: Sequence[Runs]) -> str:
    """Return the picture; overload is left out, where most calls must fail."""
    rows = [one for one in runs if one[0].plot != "goodput"]
    every = [one.worst_ms for _, some in rows for one in some if one.strategy in _MARKS]
    low, high = around(every)
    x = Scale(low, high, _LEFT, _RIGHT, log=True)
    height = _TOP + _ROW * len(rows) + 44
    title = "Each scenario's 99th percentile, by policy"
    parts = [
        *head(_WIDTH, height, title, _words(rows)),
        line(title, 20, 30, _WIDTH - 40, 18, bold=True),
        line(_AXIS, 20, 52, _WIDTH - 40, 13, kind="faint"),
        *_legend(),
        *_grid(x, log_ticks(low, high), _TOP + _ROW * len(rows)),
    ]
    for at, (scenario, outcomes) in enumerate(rows):
        y = _TOP + _ROW * (at + 0.5)
        parts.append(line(scenario.name, 20, y + 5, _LEFT - 30, 14, bold=True))
        parts += [
            _mark(one.strategy, x.at(one.worst_ms), y)
            for one in outcomes
            if one.strategy in _MARKS
        ]
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    for at, name in enumerate(_MARKS):
        left = 28 + at * 130
        yield _mark(name, left, 78)
        yield line(name, left + 13, 83, 110, 13)


def _grid(x: Scale, ticks: Sequence[float], bottom: float) -> Iterator[str]:
    for tick in ticks:
        yield f'<path class="grid" d="M{x.at(tick):.1f} {_TOP:g}V{bottom:g}"/>'
        yield line(f"{tick:g}", x.at(tick), bottom + 18, 60, 12, middle=True)


def _mark(name: str, x: float, y: float) -> str:
    kind = "ours" if name == "fleet" else "theirs"
    return (
        f'<path class="dot {kind}" transform="translate({x:.1f} {y:g})"'
        f' d="{_MARKS[name]}"/>'
    )


def _words(rows: Sequence[Runs]) -> str:
    """Say in words what can be seen."""
    said = (
        f"{scenario.name}: "
        + ", ".join(
            f"{one.strategy} {one.worst_ms:.0f} ms"
            for one in outcomes
            if one.strategy in _MARKS
        )
        for scenario, outcomes in rows
    )
    return f"{_AXIS}. {'; '.join(said)}."
