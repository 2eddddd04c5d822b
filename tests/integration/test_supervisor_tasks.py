"""The life of real tasks: found when healthy, gone from DNS before they die."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from fleet.endpoint import Endpoint
from fleet.local.logs.journal import Journal
from fleet.local.options import LifeOptions, Options
from fleet.local.plan import ServicePlan
from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor, supervise
from fleet.local.tasks.task import State, Task
from tests.support.until import until

ROOT = Path(__file__).parents[2]
CHAMPION = ("python", "-m", "services.champion")
QUICK = LifeOptions(
    linger_s=0.1, grace_s=0.5, margin_s=0.5, probe_every_s=0.1, probe_timeout_s=0.2
)


@dataclass
class Book:
    """A registry that notes who was in it, and whether leavers were alive."""

    there: set[Endpoint] = field(default_factory=set)
    history: list[frozenset[Endpoint]] = field(default_factory=list)

    def register(self, service: str, endpoint: Endpoint) -> None:
        del service
        self.there.add(endpoint)
        self.history.append(frozenset(self.there))

    def deregister(self, service: str, endpoint: Endpoint) -> None:
        del service
        self.there.discard(endpoint)
        self.history.append(frozenset(self.there))


@dataclass
class Run:
    """A supervisor with one service."""

    fleet: Supervisor
    book: Book

    @property
    def service(self) -> Service:
        return self.fleet.service("game")

    async def settled(self) -> list[Task]:
        async with asyncio.timeout(20):
            await self.fleet.pulse.until(lambda: self.service.settled)
        return list(self.service.tasks)

    async def gone(self, task: Task) -> None:
        async with asyncio.timeout(20):
            await self.fleet.pulse.until(lambda: task.state is State.STOPPED)

    def said(self) -> str:
        return "\n".join(line.text for line in self.fleet.journal.tail("fleet", 99))


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    *,
    tasks: int = 3,
    command: tuple[str, ...] = CHAMPION,
    options: Options | None = None,
) -> AsyncIterator[Run]:
    options = options or Options(first_host="127.0.41.1", life=QUICK)
    plan = ServicePlan(
        name="game",
        command=command,
        port=free_port(options.first_host),
        folder=ROOT,
        tasks=tasks,
    )
    journal = Journal(folder)
    run = Run(Supervisor(options, journal), Book())
    env = {**os.environ, "FLEET_HOME": "must not reach the task"}
    try:
        async with supervise([plan], run.fleet, run.book, env):
            yield run
    finally:
        journal.close()


async def test_tasks_are_found_once_healthy_and_gone_at_the_end(tmp_path: Path) -> None:
    async with running(tmp_path) as run:
        tasks = await run.settled()
        pids = [task.process.pid for task in tasks if task.process]

        hosts = sorted(endpoint.host for endpoint in run.book.there)
        assert hosts == ["127.0.41.1", "127.0.41.2", "127.0.41.3"]
        assert [task.id for task in tasks] == ["game-1", "game-2", "game-3"]
        assert len(pids) == 3

    assert run.book.there == set()
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_dead_task_leaves_dns_and_is_replaced_on_its_address(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as run:
        first = (await run.settled())[0]
        first.kill()
        await run.gone(first)
        assert first.endpoint not in run.book.there
        tasks = await run.settled()

        assert [task.id for task in tasks] == ["game-2", "game-3", "game-4"]
        assert tasks[-1].endpoint == first.endpoint
        assert "game-1 was killed by SIGKILL" in run.said()


async def test_a_frozen_task_is_found_by_its_health_and_replaced(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, tasks=2) as run:
        frozen = (await run.settled())[0]
        assert frozen.process is not None
        frozen.process.freeze()
        await run.gone(frozen)

        assert [t.id for t in await run.settled()] == ["game-2", "game-3"]
        assert "failed 3 health checks" in run.said()


async def test_a_stopped_task_drains_and_is_replaced_elsewhere(tmp_path: Path) -> None:
    async with running(tmp_path, tasks=1) as run:
        [task] = await run.settled()
        task.drain("by hand")
        assert (task.state, run.book.there) == (State.DRAINING, set())
        await run.gone(task)

        assert task.exit_code == 0
        [new] = await run.settled()
        assert new.endpoint != task.endpoint


@pytest.mark.parametrize("rolling", [False, True], ids=["at-once", "rolling"])
async def test_a_deploy_never_has_fewer_tasks_than_wanted(
    tmp_path: Path, *, rolling: bool
) -> None:
    async with running(tmp_path) as run:
        old = await run.settled()
        run.book.history.clear()
        run.service.restart(rolling=rolling)
        new = await run.settled()

        assert {task.id for task in old}.isdisjoint(task.id for task in new)
        sizes = [len(found) for found in run.book.history]
        assert min(sizes) == 3
        assert max(sizes) == (4 if rolling else 6)


async def test_scales_up_and_down(tmp_path: Path) -> None:
    async with running(tmp_path, tasks=1) as run:
        await run.settled()
        run.service.scale(3)
        assert len(await run.settled()) == 3
        run.service.scale(1)

        assert [task.id for task in await run.settled()] == ["game-1"]


async def test_a_service_that_dies_at_once_is_quoted_and_tried_again(
    tmp_path: Path,
) -> None:
    script = "print('no config'); raise SystemExit(3)"
    async with running(tmp_path, tasks=1, command=("python", "-c", script)) as run:
        async with asyncio.timeout(20):
            await run.fleet.pulse.until(lambda: "game-2" in run.service.last_death)

        assert "ended with exit code 3" in run.said()
        assert "| no config" in run.said()
        assert "next start in 0.4 s" in run.said()


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, tasks=1, command=("./nothing",)) as run:
        async with asyncio.timeout(20):
            await run.fleet.pulse.until(lambda: bool(run.service.last_death))

        assert "cannot be started" in run.said()


async def test_a_task_that_ignores_sigterm_is_killed_in_the_end(tmp_path: Path) -> None:
    script = (
        "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True);"
        "signal.pause()"
    )
    async with running(tmp_path, tasks=1, command=("python", "-c", script)) as run:
        await until(lambda: run.fleet.journal.knows("game-1"))
        [task] = run.service.tasks
        run.service.scale(0)
        await run.gone(task)

        assert task.exit_code == -signal.SIGKILL


async def test_a_tasks_children_do_not_stay_behind(tmp_path: Path) -> None:
    script = (
        "import subprocess as s, sys, signal;"
        "child = s.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(child.pid, flush=True); signal.pause()"
    )
    async with running(tmp_path, tasks=1, command=("python", "-c", script)) as run:
        await until(lambda: run.fleet.journal.knows("game-1"))
        child = psutil.Process(int(run.fleet.journal.tail("game-1", 1)[0].text))

    # Whoever inherits orphans may leave it a zombie for a while.
    await until(
        lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    )


async def test_on_one_address_every_task_has_a_port_of_its_own(tmp_path: Path) -> None:
    options = Options(first_host="127.0.42.1", one_address=True, life=QUICK)
    async with running(tmp_path, tasks=2, options=options) as run:
        tasks = await run.settled()

        assert {task.endpoint.host for task in tasks} == {"127.0.42.1"}
        assert len({task.endpoint.port for task in tasks}) == 2
        assert run.fleet.target(run.service).endswith("/game.local")


async def test_never_healthy_in_time_is_a_death(tmp_path: Path) -> None:
    life = replace(QUICK, start_timeout_s=0.2)
    options = Options(first_host="127.0.41.1", life=life)
    command = ("python", "-c", "import signal; signal.pause()")
    async with running(tmp_path, tasks=1, command=command, options=options) as run:
        async with asyncio.timeout(20):
            await run.fleet.pulse.until(lambda: bool(run.service.last_death))

        assert "did not become healthy" in run.said()
