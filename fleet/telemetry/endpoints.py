"""What channels know of each endpoint, as figures with names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Protocol


class Row(Protocol):
    """One endpoint; `fleet.client.explain.Row` is one."""

    @property
    def endpoint(self) -> str: ...  # noqa: D102 - the name says it
    @property
    def picked(self) -> bool: ...  # noqa: D102 - the name says it
    @property
    def calls(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def in_flight(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def failures(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def latency_ms(self) -> float | None: ...  # noqa: D102 - the name says it
    @property
    def standing(self) -> str: ...  # noqa: D102 - the name says it
    @property
    def ejections(self) -> int: ...  # noqa: D102 - the name says it
    @property
    def slowness(self) -> float: ...  # noqa: D102 - the name says it
    @property
    def limit(self) -> float | None: ...  # noqa: D102 - the name says it


class Explained(Protocol):
    """A channel at one moment; `fleet.client.explain.Explanation` is one."""

    @property
    def target(self) -> str: ...  # noqa: D102 - the name says it
    @property
    def rows(self) -> Sequence[Row]: ...  # noqa: D102 - the name says it


class Explains(Protocol):
    """What tells of its endpoints; `fleet.client.channel.Channel` does."""

    def explain(self) -> Explained:
        """Return what is known now; a channel that is closed has no rows."""
        ...


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of each endpoint."""

    name: str
    text: str
    read: Callable[[Row], float | None]
    """None: there is no such number of this endpoint."""
    merge: Callable[[float, float], float] = add
    """Makes one of two, where two channels go to the same endpoint."""
    grows: bool = False
    """It only grows: a counter."""


def _latency_s(row: Row) -> float | None:
    return None if row.latency_ms is None else row.latency_ms / 1000


FIGURES = (
    Figure("in_flight", "Calls now.", lambda row: row.in_flight),
    Figure("calls", "Attempts begun.", lambda row: row.calls, grows=True),
    Figure(
        "failures",
        "Attempts that blame the task.",
        lambda row: row.failures,
        grows=True,
    ),
    Figure("latency_seconds", "Moving average of unary calls.", _latency_s, max),
    Figure("slowness", "Times what is typical.", lambda row: row.slowness, max),
    Figure("out", "1 while ejected.", lambda row: row.standing == "out", max),
    Figure("ejections", "Times ejected.", lambda row: row.ejections, grows=True),
    Figure("limit", "Calls that it may have at a time.", lambda row: row.limit),
    Figure("picked", "1 while calls go there.", lambda row: row.picked, max),
)

Values = Mapping[tuple[str, str], float]
"""By target and endpoint: each pair once, as Prometheus wants it."""


def endpoint_figures(channels: Iterable[Explains]) -> Mapping[Figure, Values]:
    """Return every figure of every endpoint that *channels* know."""
    found: dict[Figure, dict[tuple[str, str], float]] = {each: {} for each in FIGURES}
    for channel in channels:
        explained = channel.explain()
        for row in explained.rows:
            key = explained.target, row.endpoint
            for figure, values in found.items():
                value = figure.read(row)
                if value is not None:
                    before = values.get(key)
                    values[key] = (
                        value if before is None else figure.merge(before, value)
                    )
    return found
