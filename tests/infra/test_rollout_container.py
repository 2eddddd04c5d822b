"""The process of a task: it is checked, told to go, and never left behind."""

import asyncio
import contextlib
import dataclasses
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from fleet.endpoint import Endpoint
from fleet.local.leash import leash
from infra.rollout.container import RealContainer, container
from infra.rollout.plan import ServicePlan
from tests.infra.rollout_service import PLAN
from tests.support.until import until

HOST = "127.0.77.1"
_WAITS = "import time; print('up', flush=True); time.sleep(600)"  # a child's own
_ASKS = "import sys; sys.exit(sys.argv[1] != '127.0.77.1:5000')"


def _plan(code: str = _WAITS, check: tuple[str, ...] = ("CMD", "true")) -> ServicePlan:
    health = dataclasses.replace(PLAN.check, command=check, timeout_s=1)
    return dataclasses.replace(PLAN, command=("python", "-c", code), check=health)


def _started(
    plan: ServicePlan, end: int, **env: str
) -> contextlib.AbstractAsyncContextManager[RealContainer]:
    return container(plan, Endpoint(HOST, 5000), env, end)


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (("CMD", "true"), True),
        (("CMD", "false"), False),
        (("CMD", "python", "-c", _ASKS, "127.0.0.1:5000"), True),
        (("CMD-SHELL", "test 127.0.0.1 = 127.0.77.1"), True),
        (("CMD-SHELL", "exit 1"), False),
        (("CMD", "sleep", "60"), False),
    ],
)
async def test_the_templates_own_check_is_run_at_the_tasks_address(
    check: tuple[str, ...], *, good: bool
) -> None:
    with leash() as end:
        async with _started(_plan(check=check), end) as running:
            assert await running.check() is good


async def test_a_check_that_cannot_be_run_fails_and_says_why() -> None:
    with leash() as end:
        async with _started(_plan(check=("CMD", "no-such-check")), end) as running:
            assert not await running.check()
            assert "no-such-check" in running.last_words[-1]


async def test_a_check_of_another_kind_is_refused() -> None:
    with leash() as end:
        async with _started(_plan(check=("NONE", "x")), end) as running:
            with pytest.raises(ValueError, match="'NONE' is not CMD or CMD-SHELL"):
                await running.check()


async def test_a_task_gets_the_templates_variables_and_none_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLEET_HOME", "ours")
    monkeypatch.setenv("AWS_PROFILE", "ours")
    code = (
        "import os; n = os.environ;"
        "print(n['FLEET_LISTEN'], n['LINGER'], n['MORE'],"
        "'FLEET_HOME' in n, 'AWS_PROFILE' in n)"
    )
    plan = dataclasses.replace(_plan(code), environment={"LINGER": "7"})
    with leash() as end:
        async with _started(plan, end, MORE="8") as running:
            assert await running.ended() == 0
            await until(lambda: running.last_words)
            assert [*running.last_words] == [f"{HOST}:5000 7 8 False False"]


async def test_it_hears_sigterm_unless_it_is_frozen() -> None:
    with leash() as end:
        async with _started(_plan(), end) as running:
            await until(lambda: running.last_words)
            pid = running.process.pid
            running.freeze()
            await until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
            running.terminate()
            assert _pending(pid) == {signal.SIGTERM}
            running.kill()
            assert await running.ended() == -9
        async with _started(_plan(), end) as running:
            await until(lambda: running.last_words)
            running.terminate()
            assert await running.ended() == -15


def _pending(pid: int) -> set[int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [mask] = [line.split()[1] for line in lines if line.startswith("ShdPnd")]
    return {n for n in range(1, 64) if int(mask, 16) >> (n - 1) & 1}


_PARENT = """
import asyncio, sys
from fleet.local.leash import leash
from tests.infra.test_rollout_container import _plan, _started

async def main():
    with leash() as end:
        async with _started(_plan(), end) as running:
            while not running.last_words:
                await asyncio.sleep(0.01)
            if sys.argv[1] == "frozen":
                running.freeze()
            print(running.process.pid, flush=True)
            await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["running", "frozen"])
async def test_a_killed_simulator_leaves_no_task_behind(how: str) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, how),
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()

    await until(lambda: not _alive(pid), limit_s=30)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
