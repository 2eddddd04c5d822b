"""The first and the last seconds of `fleet up`, with their progress line."""

import asyncio
import time
from collections.abc import Callable

from fleet.cli.progress import ProgressLine
from fleet.errors import NeverHealthy
from fleet.local.tasks.supervisor import Supervisor

TIMEOUT_S = 30.0


async def started(fleet: Supervisor, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Wait until every task is healthy; return False when told to stop.

    A service that has some of its tasks after *timeout_s* is good enough: the
    others are still tried for, and the progress line says so.

    Raises:
        NeverHealthy: A service has none of its tasks by then.
    """

    def over() -> bool:
        settled = all(s.settled for s in fleet.services.values())
        return settled or fleet.stop_asked.is_set()

    begin = time.monotonic()
    with ProgressLine() as line:
        try:
            async with asyncio.timeout(timeout_s):
                await _show(fleet, line, over, lambda: f"starting: {_healthy(fleet)}")
        except TimeoutError:
            _require_some(fleet, timeout_s)
        if not fleet.stop_asked.is_set():
            line.show(f"{_healthy(fleet)} after {time.monotonic() - begin:.1f} s")
    return not fleet.stop_asked.is_set()


async def stopped(fleet: Supervisor) -> None:
    """Drain every task, all at the same moment, and wait until they are gone."""
    fleet.wind_down()
    with ProgressLine() as line:
        await _show(
            fleet,
            line,
            lambda: not any(fleet.tasks()),
            lambda: f"draining {_left(fleet)} (Ctrl-C again kills)",
        )
        line.show("stopped, nothing left behind")


async def _show(
    fleet: Supervisor,
    line: ProgressLine,
    over: Callable[[], bool],
    what: Callable[[], str],
) -> None:
    told: set[str] = set()
    while not over():
        beat = fleet.pulse.next
        for service in fleet.services.values():
            first, _, quoted = service.last_death.partition("\n")
            if first and first not in told:
                # One that dies again and again has the same last words.
                text = service.last_death if quoted not in told else first
                told |= {first, quoted} - {""}
                line.above(f"fleet: {text}")
        line.show(what())
        await beat.wait()


def _healthy(fleet: Supervisor) -> str:
    return ", ".join(
        f"{s.plan.name} {s.healthy}/{s.goal.desired} healthy"
        for s in fleet.services.values()
    )


def _left(fleet: Supervisor) -> str:
    count = sum(1 for _ in fleet.tasks())
    return f"{count} task{'' if count == 1 else 's'}"


def _require_some(fleet: Supervisor, timeout_s: float) -> None:
    for service in fleet.services.values():
        if service.goal.desired and not service.healthy:
            problems = [task.problem for task in service.tasks if task.problem]
            last = service.last_death or next(iter(problems), "")
            raise NeverHealthy(service.plan.name, timeout_s, last)
