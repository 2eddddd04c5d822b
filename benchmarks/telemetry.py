"""What seeing costs: CPU of a unary call, client and server together."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import grpc
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

import fleet
from benchmarks.result import Result
from benchmarks.stage.echo import ONE, SERVICE
from fleet.client.config import ChannelConfig
from fleet.server import ServerSettings, serving
from fleet.server.observe import observe
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.opentelemetry import OpenTelemetry
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally
from fleet.telemetry.tracing import Tracing

TITLE = "cost of metrics and traces"
ROUNDS = 120
"""Many and short: see `benchmarks.overhead`. What we look for is microseconds."""
TRACED_ROUNDS = 30
CALLS = 320
CONCURRENCY = 64
KEPT = 0.01
"""Share of traces: what people keep who have many calls."""
BAR = 1.05

Call = Callable[[], Awaitable[object]]


async def measure() -> Sequence[Result]:
    """Compare calls that are counted, and traced, with calls that nobody sees."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(KEPT)), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(_Nowhere()))
    async with (
        _both_sides(1, None, None) as bare,
        _both_sides(2, Tally(), None) as counted,
        _both_sides(3, Tally(), OpenTelemetry(provider)) as traced,
    ):
        for call in (bare, counted, traced):
            await _cpu_us(call, 1000)
        metrics = await _compare("metrics", counted, bare, ROUNDS)
        what = f"metrics and {KEPT:.0%} of traces"
        both = await _compare(what, traced, bare, TRACED_ROUNDS)
    await asyncio.to_thread(provider.shutdown)
    return [metrics.against(BAR), both.printed()]


class Pairs:
    """CPU of a call in microseconds, seen and not, of each round."""

    def __init__(self, what: str, rounds: Sequence[tuple[float, float]]) -> None:
        self._what = what
        self._rounds = rounds

    def printed(self) -> Result:
        """Return the ratio, with nothing to hold it against."""
        seen, bare = (statistics.median(s) for s in zip(*self._rounds, strict=True))
        return Result(
            question=f"CPU of a call with {self._what}, {CONCURRENCY} at a time",
            ours=f"{seen:.1f} us",
            peer=f"{bare:.1f} us (nobody sees it)",
            figure=statistics.median(mine / its for mine, its in self._rounds),
        )

    def against(self, bar: float) -> Result:
        """Return the ratio, which may be at most *bar*."""
        result = self.printed()
        return Result(
            question=result.question,
            ours=result.ours,
            peer=result.peer,
            figure=result.figure,
            sense="at most",
            bar=bar,
        )


@contextlib.asynccontextmanager
async def _both_sides(
    number: int, tally: Tally | None, tracing: Tracing | None
) -> AsyncIterator[Call]:
    """Serve in this process, so that its CPU is that of both sides."""
    seen = ServerTelemetry(metrics=tally, tracer=tracing)

    async def one(request: bytes, _context: object) -> bytes:
        return request

    def add(_servicer: object, server: grpc.aio.Server) -> None:
        method: grpc.RpcMethodHandler[bytes, bytes]
        method = grpc.unary_unary_rpc_method_handler(observe(one, ONE, seen))
        server.add_registered_method_handlers(SERVICE, {"One": method})

    settings = ServerSettings(
        listen=f"127.67.9.{number}:0", linger_s=0, log_calls="failed"
    )
    telemetry = None if tally is None else ClientTelemetry(tally, tracing)
    async with serving([(add, None)], settings) as server:
        config = ChannelConfig(telemetry=telemetry)
        async with fleet.connect(f"fixed://{server.endpoint}", config) as channel:
            call: Callable[..., Awaitable[object]] = channel.unary_unary(ONE)
            yield lambda: call(b"x", wait_for_ready=True)


async def _compare(what: str, seen: Call, bare: Call, rounds: int) -> Pairs:
    """Alternate, so that what else the machine does hits both sides alike."""
    found = []
    for turn in range(rounds):
        first, second = (seen, bare) if turn % 2 else (bare, seen)
        one, other = await _cpu_us(first, CALLS), await _cpu_us(second, CALLS)
        found.append((one, other) if turn % 2 else (other, one))
    return Pairs(what, found)


async def _cpu_us(call: Call, calls: int) -> float:
    async def several() -> None:
        for _ in range(calls // CONCURRENCY):
            await call()

    before = time.process_time()
    await asyncio.gather(*(several() for _ in range(CONCURRENCY)))
    return (time.process_time() - before) / calls * 1e6


class _Nowhere(SpanExporter):
    """A collector that takes everything at once."""

    def export(self, _spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS
