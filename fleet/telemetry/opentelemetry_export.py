"""What OpenTelemetry exports, by OTLP over HTTP, in threads of its own.

A collector that is down or hangs costs calls nothing: spans wait in a queue of the
SDK with a bound (OTEL_BSP_MAX_QUEUE_SIZE), and the last ones are dropped.
"""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import AsyncIterator, Callable

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from fleet.telemetry.aside import aside
from fleet.telemetry.environment import ExportConfig
from fleet.telemetry.opentelemetry import OpenTelemetry
from fleet.telemetry.opentelemetry_metrics import snapshot
from fleet.telemetry.tally import Tally

log = logging.getLogger(__name__)

Last = tuple[str, Callable[[], Callable[[], object]]]
"""What is exported at the end, and what makes the work of it, in the loop."""


@contextlib.asynccontextmanager
async def exporting(
    config: ExportConfig, tally: Tally
) -> AsyncIterator[OpenTelemetry | None]:
    """Export what *config* says for the length of the block; see `from_environment`."""
    async with contextlib.AsyncExitStack() as stack:
        last: list[Last] = []
        tracing = _traces(last) if config.traces else None
        if config.metrics:
            await stack.enter_async_context(_metrics(config, tally, last))
        try:
            yield tracing
        except SystemExit:
            raise  # a second signal: it ends at once
        except BaseException:
            await _flush(last, config.flush_s)
            raise
        else:
            await _flush(last, config.flush_s)


def _traces(last: list[Last]) -> OpenTelemetry:
    """Make the SDK's provider the program's own, unless it has one."""
    given = trace.get_tracer_provider()
    if not isinstance(given, trace.ProxyTracerProvider):
        return OpenTelemetry(given)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    last.append(("spans", lambda: provider.shutdown))
    return OpenTelemetry(provider)


@contextlib.asynccontextmanager
async def _metrics(
    config: ExportConfig, tally: Tally, last: list[Last]
) -> AsyncIterator[None]:
    exporter, resource = OTLPMetricExporter(), Resource.create()
    began = time.time_ns()

    def latest() -> Callable[[], object]:
        data = snapshot(tally, resource, (began, time.time_ns()))
        return functools.partial(exporter.export, data)

    last.append(("metrics", latest))
    pushing = asyncio.create_task(_each(config.interval_s, latest))
    try:
        yield
    finally:
        pushing.cancel()
        await asyncio.wait([pushing])
        exporter.shutdown()


async def _each(interval_s: float, latest: Callable[[], Callable[[], object]]) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await aside(latest())
        except Exception:
            log.exception("bug in metrics, trying again in %g s", interval_s)


async def _flush(last: list[Last], limit_s: float) -> None:
    """Export what is left, all at the same time: it shares the end of a task."""
    await asyncio.gather(*(_sent(what, work(), limit_s) for what, work in last))


async def _sent(what: str, work: Callable[[], object], limit_s: float) -> None:
    try:
        await aside(work, limit_s)
    except TimeoutError:
        log.warning("the last %s were not taken within %g s", what, limit_s)
