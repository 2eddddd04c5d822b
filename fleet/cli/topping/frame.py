"""Drawing: from a snapshot to as many lines as a terminal has, and nothing else."""

from collections.abc import Sequence

from fleet.cli.boards.text import fit, safe
from fleet.cli.topping.blocks import client_block, service_blocks
from fleet.cli.topping.line import BOLD, DIM, RED, YELLOW, Line
from fleet.cli.topping.snapshot import OUT, SILENT, Event, Snapshot

_LEAST_EVENTS = 3
"""That are shown even where that leaves out rows."""


def frame(
    now: Snapshot, events: Sequence[Event], columns: int, rows: int | None = None
) -> list[Line]:
    """Return the lines of *now*, none wider than *columns* cells.

    Args:
        now: What is shown.
        events: The latest, the newest last.
        columns: Of the terminal.
        rows: Of the terminal; None: as many as it takes, to be read later.
    """
    title = fit(_title(now, live=rows is not None), columns)
    head = Line(RED if now.out else BOLD, title)
    body = [*service_blocks(now, columns), *client_block(now, columns)]
    if rows is None:
        return [head, *body, *_events(events, columns)]
    told = _events(events[-max(rows - len(body) - 3, _LEAST_EVENTS) :], columns)
    room = max(rows - 1 - len(told), 0)
    if len(body) > room:
        more = Line(DIM, fit(f"... {len(body) - room + 1} more lines", columns))
        body = [*body[: max(room - 1, 0)], more][:room]
    return [head, *body, *told][:rows]


def _title(now: Snapshot, *, live: bool) -> str:
    tasks = [row for service in now.services for row in service.tasks]
    parts = [f"{now.at:%H:%M:%S}", f"{len(tasks)} task{'s' * (len(tasks) != 1)}"]
    silent = sum(row.state == SILENT for row in tasks)
    if silent:
        parts.append(f"{silent} {SILENT}")
    if now.out:
        parts.append(f"{OUT}: {', '.join(sorted({row.task for row in now.out}))}")
    if live:
        parts.append("q leaves")
    return safe("  ".join(parts))


def _events(events: Sequence[Event], columns: int) -> list[Line]:
    if not events:
        return []
    told = [
        Line(
            YELLOW if event.bad else "",
            fit(safe(f"{event.at:%H:%M:%S}  {event.text}"), columns),
        )
        for event in events
    ]
    return [Line("", ""), Line(BOLD, fit("events", columns)), *told]
