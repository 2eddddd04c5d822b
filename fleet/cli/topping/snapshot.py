"""Everything that `fleet top` shows of one moment."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fleet.cli.topping.traffic import Load

SILENT = "SILENT"
"""The state of a task that should have a page and does not answer for it."""
HEALTHY = "HEALTHY"
OUT = "OUT"
"""The state of an endpoint that its caller has ejected."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task, as its own page has it."""

    task: str
    endpoint: str
    state: str
    """Of the local fleet's states, or `SILENT`; empty where nobody tells."""
    problem: str
    """Why there are no numbers; empty: there are."""
    load: Load


@dataclass(frozen=True, slots=True)
class Service:
    """The tasks of one service, and their total."""

    name: str
    told: str
    """How it is, in a few words."""
    tasks: tuple[TaskRow, ...]
    total: Load


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One endpoint, as a task that calls it sees it."""

    caller: str
    target: str
    endpoint: str
    task: str
    """The name of the task there; the endpoint where it has none."""
    state: str
    """in, OUT (ejected), or aside: no calls go there for another reason."""
    calls_per_s: float | None
    failed_per_s: float | None
    latency_s: float | None
    slowness: float | None
    in_flight: float | None
    limit: float | None
    ejections: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has changed."""

    at: datetime
    kind: str
    """came, left, state, silent, answers, ejected or back."""
    text: str

    @property
    def bad(self) -> bool:
        """Whether it wants a look."""
        return self.kind in {"silent", "ejected"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A fleet at one moment, with the rates of the interval before."""

    at: datetime
    services: tuple[Service, ...]
    clients: tuple[ClientRow, ...]
    events: tuple[Event, ...] = ()
    """What has changed since the snapshot before."""

    @property
    def out(self) -> tuple[ClientRow, ...]:
        """The endpoints that are ejected, by each caller that has done so."""
        return tuple(row for row in self.clients if row.state == OUT)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "services": [_service(service) for service in self.services],
            "clients": _plain(self.clients),
            "events": [
                {**asdict(event), "at": event.at.isoformat(timespec="milliseconds")}
                for event in self.events
            ],
        }


def _service(service: Service) -> dict[str, Any]:
    tasks = [
        {"task": row.task, "endpoint": row.endpoint, "state": row.state}
        | {"problem": row.problem, **_numbers(asdict(row.load))}
        for row in service.tasks
    ]
    total = _numbers(asdict(service.total))
    return {"service": service.name, "tasks": tasks, "total": total}


def _plain(rows: Iterable[ClientRow]) -> list[dict[str, Any]]:
    return [_numbers({**asdict(row), "state": row.state.lower()}) for row in rows]


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* with six digits, as nothing here is known to more of them.

    JSON has no word for what is no number.
    """
    return {
        name: _digits(value) if isinstance(value, float) else value
        for name, value in values.items()
    }


def _digits(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
