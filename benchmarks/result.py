"""What a benchmark reports: a figure, its bar, and whether it holds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fleet.columns import columns

Sense = Literal["at least", "at most", "printed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table."""

    question: str
    ours: str
    peer: str
    """The same question asked of a peer in the same run; empty: there is none."""
    figure: float
    """The ratio, or the quantity, that is held against the bar."""
    unit: str = "x"
    sense: Sense = "printed"
    """Printed: there is no bar to hold it against."""
    bar: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the figure is on the right side of its bar, if it has one."""
        if self.sense == "printed":
            return True
        if self.sense == "at least":
            return self.figure >= self.bar
        return self.figure <= self.bar

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {**asdict(self), "passed": self.passed}


def table(results: Sequence[Result]) -> str:
    """Render *results* for people."""
    head = ("QUESTION", "OURS", "PEER", "FIGURE", "BAR", "")
    return "\n".join(columns([head, *(_cells(result) for result in results)]))


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.question,
        result.ours,
        result.peer or "-",
        f"{result.figure:.2f} {result.unit}",
        "-" if result.sense == "printed" else f"{result.sense} {result.bar:g}",
        _verdict(result),
    )


def _verdict(result: Result) -> str:
    if result.sense == "printed":
        return "printed"
    return "pass" if result.passed else "SHORT"
