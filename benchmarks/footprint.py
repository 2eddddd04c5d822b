"""What the fleet costs before anybody calls: start, memory, import."""

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import grpc
import psutil

from benchmarks.result import Result
from benchmarks.stage.load import champion
from benchmarks.stage.store import store
from benchmarks.stage.task import addresses, tasks
from fleet.endpoint import Endpoint

TITLE = "start, memory, import"
MIB = 1024 * 1024
ROUNDS = 5


async def measure() -> Sequence[Result]:
    """Measure each against its budget; there is no peer."""
    return [
        await _up(),
        await _memory(),
        await _run("import of fleet's client", "import fleet; fleet.connect", 150),
        await _probe(),
    ]


async def _up() -> Result:
    """From `fleet up` to the first answer of the first task."""
    with tempfile.TemporaryDirectory() as home:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("fleet"),
            *("up", "--home", home, "--dns", "127.0.0.1:5991"),
            *("--first-address", "127.1.4.1"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            took_s = await _first_answer(Endpoint("127.1.4.1", 5000)) - began
        finally:
            process.terminate()
            await process.wait()
    return _quantity("fleet up until the first answered call", took_s, "s", 3)


async def _first_answer(endpoint: Endpoint) -> float:
    async with grpc.aio.insecure_channel(
        f"ipv4:{endpoint}", [("grpc.max_reconnect_backoff_ms", 50)]
    ) as channel:
        async with asyncio.timeout(60):
            while True:
                try:
                    await champion(channel)()
                except grpc.aio.AioRpcError:
                    await asyncio.sleep(0.01)
                else:
                    return time.monotonic()


async def _memory() -> Result:
    """Resident memory of a task, with its rankings, that has answered some calls."""
    [endpoint] = addresses(5, 1)
    async with (
        store() as at,
        tasks([endpoint], more_env={"CHAMPION_STORE": f"unix://{at}"}) as [task],
        grpc.aio.insecure_channel(f"ipv4:{endpoint}") as channel,
    ):
        for _ in range(100):
            await champion(channel)()
        memory = psutil.Process(task.process.pid).memory_info().rss / MIB
    return _quantity("resident memory of a game server", memory, "MiB", 60)


async def _probe() -> Result:
    """CPU of one health check as a container runs it."""
    [endpoint] = addresses(6, 1)
    async with tasks([endpoint]):
        costs = [await _cpu_ms("-m", "fleet.probe", str(endpoint)) for _ in range(9)]
    cost = statistics.median(costs)
    return _quantity("CPU of one health probe", cost, "ms", 100)


async def _run(question: str, code: str, budget_ms: float) -> Result:
    """CPU of a Python that runs *code*, less that of one that does nothing."""
    pairs = [
        (await _cpu_ms("-c", code), await _cpu_ms("-c", "pass")) for _ in range(ROUNDS)
    ]
    cost = statistics.median(one - other for one, other in pairs)
    return _quantity(question, cost, "ms", budget_ms)


async def _cpu_ms(*arguments: str) -> float:
    return await asyncio.to_thread(_spend, [sys.executable, *arguments])


def _spend(command: Sequence[str]) -> float:
    """Run *command* and return the CPU that it took, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)  # noqa: S603 - our own python
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return spent * 1000


def _quantity(question: str, figure: float, unit: str, bar: float) -> Result:
    return Result(
        question=question,
        ours=f"{figure:.2f} {unit}",
        peer="",
        figure=figure,
        unit=unit,
        sense="at most",
        bar=bar,
    )
