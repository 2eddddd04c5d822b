"""What the gateway costs: CPU of one GET, beside Envoy and beside a FastAPI route."""

import statistics
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from google.api import http_pb2  # type: ignore[import-untyped]  # has none
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from benchmarks.result import Result
from benchmarks.stage.door import PLAIN, Door, door
from benchmarks.stage.envoy import annotated, envoy
from benchmarks.stage.task import addresses, tasks
from benchmarks.stage.wrk import requests
from fleet.endpoint import Endpoint

TITLE = "CPU of the gateway (needs wrk)"
ROUNDS = 7
SECONDS = 1
CONNECTIONS = 32
PATH = "/v1/champions/1"
DESCRIPTORS = Path(__file__).parents[1] / "rpc" / "rpc.binpb"

Cost = Mapping[str, float]
"""CPU microseconds of one request, by door."""


async def measure() -> Sequence[Result]:
    """Load one door after the other, in rounds, in front of the same task."""
    [task] = addresses(30, 1)
    async with tasks([task]), _doors(task) as doors:
        for each in doors.values():
            await requests(each.url + PATH, seconds=1, connections=CONNECTIONS)
        rounds = [await _round(doors, turn) for turn in range(ROUNDS)]
    return [
        _result(rounds, "plain", "fastapi", "the same stub in a FastAPI route", 0.7),
        _result(rounds, "plain", "envoy", "Envoy's transcoder, 1 worker", 4.0),
        _result(rounds, "shared", "envoy", "Envoy's transcoder, 1 worker", 1.0),
    ]


@asynccontextmanager
async def _doors(task: Endpoint) -> AsyncIterator[dict[str, Door]]:
    one, two, three, four = (Endpoint(f"127.1.31.{n}", 8080) for n in range(1, 5))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        alone = Path(folder) / "gateway.toml"
        alone.write_text("single_flight = false\n")
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            target = f"fixed://{task}"
            policy = {"GATEWAY_POLICY": str(alone)}
            yield {
                "plain": await enter(door(one, target, more_env=policy)),
                "shared": await enter(door(two, target)),
                "fastapi": await enter(door(three, target, command=PLAIN)),
                "envoy": await enter(envoy(four, task, _described(), ["rpc.Rpc"])),
            }


def _described() -> bytes:
    described = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    name = "rpc.Rpc.GetChampion"
    rule = http_pb2.HttpRule(selector=name, get="/v1/champions/{champion_id}")
    return annotated(described, {name: [rule]})


async def _round(doors: Mapping[str, Door], turn: int) -> Cost:
    """Measure each once; who is first changes, as the machine's speed drifts."""
    names = list(doors)
    names = names[turn % len(names) :] + names[: turn % len(names)]
    return {name: await _cost_us(doors[name]) for name in names}


async def _cost_us(measured: Door) -> float:
    before = measured.cpu_s()
    made = await requests(measured.url + PATH, seconds=SECONDS, connections=CONNECTIONS)
    return (measured.cpu_s() - before) / made * 1e6


def _result(
    rounds: Sequence[Cost], ours: str, peer: str, who: str, bar: float
) -> Result:
    mine, theirs = (statistics.median(r[name] for r in rounds) for name in (ours, peer))
    alone = "" if ours == "shared" else ", nothing shared"
    return Result(
        question=f"CPU of one GET of a champion, {CONNECTIONS} in flight{alone}",
        ours=f"{mine:,.0f} us",
        peer=f"{theirs:,.0f} us ({who})",
        figure=statistics.median(r[ours] / r[peer] for r in rounds),
        sense="at most",
        bar=bar,
    )
