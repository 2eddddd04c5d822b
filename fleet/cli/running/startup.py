"""The first and the last seconds of `fleet up`, with their progress line."""

import asyncio
import time
from collections.abc import Callable

from fleet.cli.progress import ProgressLine
from fleet.errors import NeverHealthy
from fleet.local.tasks.supervisor import Supervisor

TIMEOUT_S = 30.0


async def started(fleet: Supervisor, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Wait until every task and the store serve; return False when told to stop.

    A service that has some of its tasks after *timeout_s* is good enough: the
    others are still tried for, and the progress line says so.

    Raises:
        NeverHealthy: A service has none of its tasks by then.
    """

    def over() -> bool:
        settled = all(s.settled for s in fleet.services.values())
        ready = settled and (fleet.store is None or fleet.store.running)
        return ready or fleet.stop_asked.is_set()

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
    """Drain every task, all at the same moment; stop the store after the last."""
    fleet.wind_down()
    with ProgressLine() as line:
        await _show(
            fleet,
            line,
            lambda: not any(fleet.tasks()),
            lambda: f"draining {_left(fleet)} (Ctrl-C again kills)",
        )
        if store := fleet.store:
            store.wind_down()
            await _show(fleet, line, lambda: store.gone, lambda: "stopping the store")
        line.show("stopped, nothing left behind")


async def _show(
    fleet: Supervisor,
    line: ProgressLine,
    over: Callable[[], bool],
    what: Callable[[], str],
) -> None:
    # What died before we looked has been told, or is long over.
    told = {part for death in fleet.deaths() for part in death.partition("\n")}
    while not over():
        beat = fleet.pulse.next
        for death in fleet.deaths():
            first, _, quoted = death.partition("\n")
            if first not in told:
                # One that dies again and again has the same last words.
                text = death if quoted not in told else first
                told |= {first, quoted} - {""}
                line.above(f"fleet: {text}")
        line.show(what())
        await beat.wait()


def _healthy(fleet: Supervisor) -> str:
    parts = [
        f"{s.plan.name} {s.healthy}/{s.goal.desired} healthy"
        for s in fleet.services.values()
    ]
    if fleet.store:
        parts.append(f"store {fleet.store.life.state.value}")
    return ", ".join(parts)


def _left(fleet: Supervisor) -> str:
    count = sum(1 for _ in fleet.tasks())
    return f"{count} task{'' if count == 1 else 's'}"


def _require_some(fleet: Supervisor, timeout_s: float) -> None:
    for service in fleet.services.values():
        if service.goal.desired and not service.healthy:
            problems = [task.problem for task in service.tasks if task.problem]
            last = service.last_death or next(iter(problems), "")
            raise NeverHealthy(service.plan.name, timeout_s, last)
