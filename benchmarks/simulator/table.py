"""Outcomes as a table for people."""

from collections.abc import Sequence

from benchmarks.simulator.outcome import Outcome
from benchmarks.simulator.scenario import Scenario
from fleet.columns import columns


def table(scenario: Scenario, outcomes: Sequence[Outcome]) -> str:
    """Return a line for each strategy, under the scenario's title."""
    rows = [_head(scenario), *(_cells(scenario, one) for one in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [
        [row[0], *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        for row in rows
    ]
    lines = columns(right)
    return "\n".join([f"{scenario.name}: {scenario.title}", *lines, ""])


def _head(scenario: Scenario) -> list[str]:
    head = ["POLICY", "P50 MS", "P99 MS", "P99.9 MS", "FAILED %"]
    head += ["GOODPUT %"] if scenario.plot == "goodput" else []
    head += [_marked(scenario)] if scenario.marked else []
    head += ["OUT OF ZONE %"] if scenario.zones else []
    return [*head, "EJECTED"]


def _marked(scenario: Scenario) -> str:
    """Name the column of the marked tasks' share."""
    return "ON THEM %" if len(scenario.marked) > 1 else "ON IT %"


def _cells(scenario: Scenario, one: Outcome) -> list[str]:
    latencies = (one.p50_ms, one.p99_ms, one.p999_ms)
    cells = [one.strategy, *(f"{ms:.1f}" for ms in latencies), _percent(one.failed)]
    cells += [_percent(one.goodput)] if scenario.plot == "goodput" else []
    cells += [_percent(share) for share in (one.bad, one.far) if share is not None]
    return [*cells, str(one.ejections)]


def _percent(share: float) -> str:
    return f"{share * 100:.2f}"
