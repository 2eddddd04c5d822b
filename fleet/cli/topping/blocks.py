"""The tables of a snapshot: a block for each service, and one for clients."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from fleet.cli.boards.text import fit, safe
from fleet.cli.topping.cells import duration, number, rate, size, times
from fleet.cli.topping.line import BOLD, DIM, RED, YELLOW, Line
from fleet.cli.topping.snapshot import (
    HEALTHY,
    OUT,
    SILENT,
    ClientRow,
    Service,
    Snapshot,
    TaskRow,
)
from fleet.cli.topping.table import Column, lines

T = TypeVar("T")

_TASK: Sequence[Column[TaskRow]] = (
    Column("TASK", lambda row: row.task, right=False),
    Column("ENDPOINT", lambda row: row.endpoint, 9, right=False),
    Column("STATE", lambda row: row.state, right=False),
    Column("CALLS/S", lambda row: rate(row.load.calls_per_s)),
    Column("P50", lambda row: duration(row.load.p50_s), 3),
    Column("P99", lambda row: duration(row.load.p99_s), 1),
    Column("FAILED/S", lambda row: rate(row.load.failed_per_s), 2),
    Column("REFUSED/S", lambda row: rate(row.load.refused_per_s), 4),
    Column("IN FLIGHT", lambda row: number(row.load.in_flight), 5),
    Column("LAG", lambda row: duration(row.load.lag_s), 7),
    Column("MEMORY", lambda row: size(row.load.memory_bytes), 8),
)
_CLIENT: Sequence[Column[ClientRow]] = (
    Column("CALLER", lambda row: row.caller, 5, right=False),
    Column("TASK", lambda row: row.task, right=False),
    Column("ENDPOINT", lambda row: row.endpoint, 9, right=False),
    Column("STATE", lambda row: row.state, right=False),
    Column("CALLS/S", lambda row: rate(row.calls_per_s), 1),
    Column("LATENCY", lambda row: duration(row.latency_s), 2),
    Column("SLOWNESS", lambda row: times(row.slowness), 4),
    Column("FAILED/S", lambda row: rate(row.failed_per_s), 8),
    Column("IN FLIGHT", lambda row: number(row.in_flight), 6),
    Column("LIMIT", lambda row: number(row.limit), 7),
    Column("EJECTED", lambda row: number(row.ejections), 3),
)


def service_blocks(now: Snapshot, columns: int) -> Iterable[Line]:
    """Yield the tasks of each service, and their total."""
    # One table, cut into blocks, so that the columns of all services are below
    # each other.
    rows = [
        row for service in now.services for row in (*service.tasks, *_total(service))
    ]
    heads, *drawn = lines(_TASK, rows, columns)
    left = iter(zip(rows, drawn, strict=True))
    for service in now.services:
        yield Line("", "")
        yield Line(BOLD, fit(safe(f"{service.name}: {service.told}"), columns))
        if service.tasks:
            yield Line(DIM, heads)
        for row, text in _first(left, len(service.tasks)):
            yield Line(_paint(row), text)
        for _, text in _first(left, len(_total(service))):
            yield Line(BOLD, text)


def _first(pairs: Iterable[T], count: int) -> list[T]:
    return [pair for _, pair in zip(range(count), pairs, strict=False)]


def _total(service: Service) -> list[TaskRow]:
    """Return the last row of a service, which one with a single task goes without."""
    if len(service.tasks) < 2:  # noqa: PLR2004 - a total of one is that one
        return []
    return [TaskRow("all", "", "", "", service.total)]


def _paint(row: TaskRow) -> str:
    if row.state == SILENT:
        return RED
    troubled = row.state not in {HEALTHY, ""} or row.load.failed_per_s
    return YELLOW if troubled else ""


def client_block(now: Snapshot, columns: int) -> Iterable[Line]:
    """Yield what tasks know of those that they call, if there are such tasks."""
    if not now.clients:
        return
    yield Line("", "")
    yield Line(BOLD, fit("clients: what tasks know of those that they call", columns))
    heads, *drawn = lines(_CLIENT, now.clients, columns)
    yield Line(DIM, heads)
    for row, text in zip(now.clients, drawn, strict=True):
        yield Line(RED if row.state == OUT else "", text)
