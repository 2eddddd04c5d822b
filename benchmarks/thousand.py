"""A channel to a thousand endpoints: the first call, memory, idling, a change."""

import asyncio
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import grpc
import psutil

import fleet
from benchmarks.result import Result
from benchmarks.stage.load import champion
from benchmarks.stage.task import CHAMPION, start_task
from fleet.discovery.lookup import Answer
from fleet.endpoint import Endpoint

TITLE = "a channel to 1,000 endpoints (half a minute)"
PORT = 5071
COUNT = 1000
IDLE_S = 8.0
KIB = 1024


class Listing:
    """A lookup whose answer can be changed."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self.endpoints = list(endpoints)

    async def __call__(self) -> Answer:
        """Answer at once, to be asked again soon."""
        return Answer(frozenset(self.endpoints), ttl_s=0.2)


async def measure() -> Sequence[Result]:
    """Connect to one server by a thousand of its addresses."""
    task = await start_task(Endpoint("0.0.0.0", PORT), command=CHAMPION)  # noqa: S104 - the answer on every loopback address
    try:
        await _answers(_addresses(1)[0])
        return await _thousand()
    finally:
        task.process.kill()
        await task.gone()


def _addresses(count: int) -> list[Endpoint]:
    return [
        Endpoint(f"127.1.{80 + n // 250}.{1 + n % 250}", PORT) for n in range(count)
    ]


async def _answers(endpoint: Endpoint) -> None:
    async with grpc.aio.insecure_channel(str(endpoint)) as channel:
        async with asyncio.timeout(30):
            await channel.channel_ready()


async def _thousand() -> list[Result]:
    listing = Listing(_addresses(COUNT))
    before = _memory_kib()
    began = time.monotonic()
    async with fleet.connect("thousand", lookup=listing) as channel:
        await champion(channel)()
        first_s = time.monotonic() - began
        await _all_ready(channel)
        ready_s = time.monotonic() - began
        grown = (_memory_kib() - before) / COUNT
        idle = await _idle_share()
        opened = await _opened(channel, listing)
    theirs_s, theirs_kib = await _peer()
    shown_s, shown_kib = f"{theirs_s:.2f} s", f"{theirs_kib:.0f} KiB"
    return [
        _printed("seconds to the first call, 1,000 endpoints", first_s, "s", shown_s),
        _printed("  until all are connected", ready_s, "s", ""),
        _printed("  memory of one", grown, "KiB", shown_kib),
        _printed("  CPU of an idle channel", idle * 100, "% of a core", ""),
        Result(
            question="  connections for a change of one of 1,000",
            ours=f"{opened} new",
            peer="",
            figure=opened,
            unit="connections",
            sense="at most",
            bar=1,
        ),
    ]


async def _all_ready(channel: fleet.Channel) -> None:
    async with asyncio.timeout(60):
        while sum(row.picked for row in channel.explain().rows) < COUNT:  # noqa: ASYNC110 - tells of one, not of all
            await asyncio.sleep(0.05)


async def _idle_share() -> float:
    """Return the share of a core that this process uses while nothing is called."""
    before, began = _cpu_s(), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return (_cpu_s() - before) / (time.monotonic() - began)


async def _opened(channel: fleet.Channel, listing: Listing) -> int:
    """Change one endpoint; return how many connections that has made."""
    before = _ports()
    listing.endpoints[0] = _addresses(COUNT + 1)[-1]
    newcomer = str(listing.endpoints[0])
    async with asyncio.timeout(30):
        while newcomer not in {r.endpoint for r in channel.explain().rows if r.picked}:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    return len(_ports() - before)


def _ports() -> set[int]:
    """Return our own ports of the connections to the server."""
    found = psutil.Process().net_connections("tcp")
    return {c.laddr.port for c in found if c.raddr and c.raddr.port == PORT}


async def _peer() -> tuple[float, float]:
    """Return the same of gRPC's own round robin over a list of addresses."""
    target = "ipv4:" + ",".join(map(str, _addresses(COUNT)))
    config = '{"loadBalancingConfig": [{"round_robin": {}}]}'
    before, began = _memory_kib(), time.monotonic()
    # Else the header :authority of every call has all of the addresses, 17 KB.
    options = [("grpc.service_config", config), ("grpc.default_authority", "fleet")]
    async with grpc.aio.insecure_channel(target, options) as channel:
        await champion(channel)()
        first_s = time.monotonic() - began
        connected = await _settled()
        return first_s, (_memory_kib() - before) / connected


async def _settled() -> int:
    """Return how many connections there are once there come no more of them."""
    before, now = 0, len(_ports())
    while now > before:
        await asyncio.sleep(1.0)
        before, now = now, len(_ports())
    return now


def _memory_kib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / KIB


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _printed(question: str, figure: float, unit: str, peer: str) -> Result:
    return Result(
        question=question,
        ours=f"{figure:.2f} {unit}",
        peer=f"{peer} (grpc's round robin)" if peer else "",
        figure=figure,
        unit=unit,
    )
