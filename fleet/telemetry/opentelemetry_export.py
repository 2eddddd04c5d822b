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


@contextlib.asynccontextmanager
async def exporting(
    config: ExportConfig, tally: Tally
) -> AsyncIterator[OpenTelemetry | None]:
    """Export what *config* says for the length of the block; see `from_environment`."""
    async with contextlib.AsyncExitStack() as stack:
        tracing = None
        if config.traces:
            tracing = await stack.enter_async_context(_traces(config))
        if config.metrics:
            await stack.enter_async_context(_metrics(config, tally))
        yield tracing


@contextlib.asynccontextmanager
async def _traces(config: ExportConfig) -> AsyncIterator[OpenTelemetry]:
    """Make the SDK's provider the program's own, unless it has one."""
    given = trace.get_tracer_provider()
    if not isinstance(given, trace.ProxyTracerProvider):
        yield OpenTelemetry(given)
        return
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield OpenTelemetry(provider)
    finally:
        await _flush(provider.shutdown, config.flush_s, "spans")


@contextlib.asynccontextmanager
async def _metrics(config: ExportConfig, tally: Tally) -> AsyncIterator[None]:
    exporter, resource = OTLPMetricExporter(), Resource.create()
    began = time.time_ns()

    def latest() -> Callable[[], object]:
        data = snapshot(tally, resource, (began, time.time_ns()))
        return functools.partial(exporter.export, data)

    pushing = asyncio.create_task(_each(config.interval_s, latest))
    try:
        yield
    finally:
        pushing.cancel()
        await asyncio.wait([pushing])
        await _flush(latest(), config.flush_s, "metrics")
        exporter.shutdown()


async def _each(interval_s: float, latest: Callable[[], Callable[[], object]]) -> None:
    while True:
        await asyncio.sleep(interval_s)
        try:
            await aside(latest())
        except Exception:
            log.exception("bug in metrics, trying again in %g s", interval_s)


async def _flush(work: Callable[[], object], limit_s: float, what: str) -> None:
    try:
        await aside(work, limit_s)
    except TimeoutError:
        log.warning("the last %s were not taken within %g s", what, limit_s)
