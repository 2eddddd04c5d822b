"""What has changed from one snapshot to the next, in words."""

from collections.abc import Iterator
from dataclasses import replace

from fleet.cli.topping.snapshot import OUT, SILENT, ClientRow, Event, Snapshot, TaskRow

_Told = Iterator[tuple[str, str]]
"""The kind of each event, and its text."""


def changes(before: Snapshot | None, now: Snapshot) -> Snapshot:
    """Return *now* with what has changed since *before*; None: nothing has."""
    if before is None:
        return now
    told = [*_tasks(before, now), *_clients(before, now)]
    return replace(now, events=tuple(Event(now.at, *each) for each in told))


def _tasks(before: Snapshot, now: Snapshot) -> _Told:
    old, new = _rows(before), _rows(now)
    for key in old.keys() - new.keys():
        yield "left", f"{key[0]} has left"
    for key, row in new.items():
        if key not in old:
            yield "came", f"{row.task} has come{_at(row)}"
        elif old[key].state != row.state:
            yield _turn(old[key], row)


def _rows(snapshot: Snapshot) -> dict[tuple[str, str], TaskRow]:
    rows = (row for service in snapshot.services for row in service.tasks)
    return {(row.task, row.endpoint): row for row in rows}


def _at(row: TaskRow) -> str:
    return f", at {row.endpoint}" if row.endpoint != row.task else ""


def _turn(old: TaskRow, new: TaskRow) -> tuple[str, str]:
    if new.state == SILENT:
        return "silent", f"{new.task} does not answer for its page: {new.problem}"
    if old.state == SILENT and not new.problem:
        return "answers", f"{new.task} answers again"
    return "state", f"{new.task} is {new.state}"


def _clients(before: Snapshot, now: Snapshot) -> _Told:
    old = {_pair(row): row for row in before.clients}
    for row in now.clients:
        was = old.get(_pair(row))
        if row.state == OUT and (was is None or was.state != OUT):
            yield "ejected", f"{row.caller} has ejected {_name(row)}{_slow(row)}"
        elif was is None:
            continue
        elif was.state == OUT and row.state != OUT:
            yield "back", f"{row.caller} has let {_name(row)} come back"
        elif row.ejections > was.ejections and row.state != OUT:
            yield "back", f"{row.caller} had ejected {_name(row)}, which is back"


def _pair(row: ClientRow) -> tuple[str, str, str]:
    return row.caller, row.target, row.endpoint


def _name(row: ClientRow) -> str:
    return f"{row.task} ({row.endpoint})" if row.task != row.endpoint else row.endpoint


def _slow(row: ClientRow) -> str:
    slow = row.slowness is not None and row.slowness >= 2  # noqa: PLR2004 - twice
    return f", {row.slowness:.1f} times as slow as is typical" if slow else ""
