"""Traces over three services, taken by a collector that reads OTLP as sent."""

import asyncio
import contextlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import fleet
from fleet.client.config import ChannelConfig
from fleet.server import ServerSettings
from fleet.server.observe import observe
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.opentelemetry import OpenTelemetry
from fleet.telemetry.server import ServerTelemetry
from fleet.telemetry.tally import Tally
from tests.support.served import echo, served

HOST = "127.67.2.1"
SETTINGS = ServerSettings(listen=f"{HOST}:0", linger_s=0, grace_s=5)
ONE = "/test.Echo/One"

PROGRAM = """
import asyncio, dataclasses, os
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.environment import export_config
from fleet.telemetry.opentelemetry_export import exporting
from fleet.telemetry.tally import Tally

async def main():
    tally = Tally()
    config = dataclasses.replace(export_config(os.environ), flush_s=FLUSH_S)
    async with exporting(config, tally) as tracing:
        telemetry = ClientTelemetry(tally, tracing)
        for _ in range(CALLS):
            call = telemetry.begin("fixed://10.0.0.1:5000", "/rpc.Rpc/One", None, 0.0)
            call.attempt_ended(call.attempt("10.0.0.1:5000", 0.0), 0, 0.1)
            call.ended(0, 0.1)
        print("called", flush=True)

asyncio.run(main())
print("left", flush=True)
"""


@dataclass
class Collector:
    """Takes what is exported; while `hung` it answers nobody, until `freed`."""

    spans: list[tuple[str, Span]] = field(default_factory=list)
    metrics: dict[str, Metric] = field(default_factory=dict)
    hung: bool = False
    freed: threading.Event = field(default_factory=threading.Event)

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = attributes(part.resource.attributes)["service.name"]
                spans = [span for scope in part.scope_spans for span in scope.spans]
                self.spans += [(str(service), span) for span in spans]
        if path == "/v1/metrics":
            for told in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in told.scope_metrics:
                    self.metrics |= {metric.name: metric for metric in scope.metrics}


def attributes(pairs: Iterable[KeyValue]) -> dict[str, str | int]:
    return {
        pair.key: pair.value.int_value
        if pair.value.HasField("int_value")
        else pair.value.string_value
        for pair in pairs
    }


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    """A collector, and where it is."""
    taken = Collector()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if taken.hung:
                taken.freed.wait(60)
                return
            taken.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield taken, f"http://{HOST}:{server.server_address[1]}"
    taken.freed.set()
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.asynccontextmanager
async def tracing(name: str, at: str) -> AsyncIterator[tuple[TracerProvider, Any]]:
    """Yield what one service makes spans with; they are sent at the end."""
    resource = Resource({"service.name": name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{at}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield provider, OpenTelemetry(provider)
    finally:
        await asyncio.to_thread(provider.shutdown)


@contextlib.asynccontextmanager
async def service(name: str, at: str, following: str | None) -> AsyncIterator[str]:
    """Serve a method that calls *following*, if there is one; yield its target."""
    async with contextlib.AsyncExitStack() as stack:
        _, tracer = await stack.enter_async_context(tracing(name, at))
        inner = None
        if following:
            config = ChannelConfig(telemetry=ClientTelemetry(Tally(), tracer))
            channel = await stack.enter_async_context(fleet.connect(following, config))
            inner = channel.unary_unary(ONE)

        async def handle(request: bytes, _context: object) -> bytes:
            return await inner(request) if inner else request

        observed = observe(handle, ONE, ServerTelemetry(tracer=tracer))
        server, _ = await stack.enter_async_context(
            served(echo(unary_unary=observed), settings=SETTINGS)
        )
        yield f"fixed://{server.endpoint}"


async def test_a_trace_goes_through_three_services(
    collector: tuple[Collector, str],
) -> None:
    taken, at = collector
    async with contextlib.AsyncExitStack() as stack:
        target = None
        for name in ("back", "middle", "front"):
            target = await stack.enter_async_context(service(name, at, target))
        provider, tracer = await stack.enter_async_context(tracing("program", at))
        assert target is not None
        config = ChannelConfig(telemetry=ClientTelemetry(Tally(), tracer))
        channel = await stack.enter_async_context(fleet.connect(target, config))
        with provider.get_tracer("its own").start_as_current_span("work"):
            assert await channel.unary_unary(ONE)(b"x") == b"x"

    by_id = {span.span_id: (name, span) for name, span in taken.spans}
    [(name, span)] = [each for each in taken.spans if is_last(each, taken)]
    chain = [(name, span.name, span.kind)]
    while span.parent_span_id:
        name, span = by_id[span.parent_span_id]
        chain.append((name, span.name, span.kind))
    hop = [
        ("Attempt.test.Echo.One", Span.SPAN_KIND_CLIENT),
        ("test.Echo/One", Span.SPAN_KIND_CLIENT),
    ]
    assert chain == [
        ("back", "test.Echo/One", Span.SPAN_KIND_SERVER),
        *(("middle", *each) for each in hop),
        ("middle", "test.Echo/One", Span.SPAN_KIND_SERVER),
        *(("front", *each) for each in hop),
        ("front", "test.Echo/One", Span.SPAN_KIND_SERVER),
        *(("program", *each) for each in hop),
        ("program", "work", Span.SPAN_KIND_INTERNAL),
    ]
    assert len({span.trace_id for _, span in taken.spans}) == 1
    assert len(chain) == len(taken.spans)


def is_last(each: tuple[str, Span], taken: Collector) -> bool:
    """Tell whether no span is a child of this one."""
    return each[1].span_id not in {span.parent_span_id for _, span in taken.spans}


async def run(
    env: Mapping[str, str], *, calls: int = 3, flush_s: float = 5
) -> list[str]:
    """Run a program that exports as *env* says; return what it has printed."""
    code = PROGRAM.replace("FLUSH_S", str(flush_s)).replace("CALLS", str(calls))
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=25,
    )
    return ended.stdout.split()


async def test_the_environment_says_where_to(collector: tuple[Collector, str]) -> None:
    taken, at = collector
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": at, "OTEL_SERVICE_NAME": "shop"}

    assert await run(env) == ["called", "left"]

    assert {name for name, _ in taken.spans} == {"shop"}
    assert len(taken.spans) == 6
    assert {name: metric.unit for name, metric in taken.metrics.items()} == {
        "grpc.client.attempt.started": "{attempt}",
        "grpc.client.attempt.duration": "s",
        "grpc.client.call.duration": "s",
        "rpc.client.duration": "ms",
    }
    [point] = taken.metrics["grpc.client.call.duration"].histogram.data_points
    assert attributes(point.attributes) == {
        "grpc.method": "rpc.Rpc/One",
        "grpc.target": "fixed://10.0.0.1:5000",
        "grpc.status": "OK",
    }
    assert (point.count, sum(point.bucket_counts)) == (3, 3)
    assert point.sum == pytest.approx(0.3)
    traces = {span.trace_id for _, span in taken.spans}
    assert {example.trace_id for example in point.exemplars} <= traces
    assert point.exemplars
    [point] = taken.metrics["rpc.client.duration"].histogram.data_points
    assert point.sum == pytest.approx(300)
    assert attributes(point.attributes)["rpc.grpc.status_code"] == 0
    [begun] = taken.metrics["grpc.client.attempt.started"].sum.data_points
    assert begun.as_int == 3


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "is-not-there"])
async def test_a_collector_that_takes_nothing_holds_nobody(
    collector: tuple[Collector, str],
    hangs: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """More calls than the queue takes; and the SDK alone would wait for 30 s."""
    taken, at = collector
    taken.hung = True
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": at if hangs else f"http://{HOST}:1"}

    assert await run(env, calls=3000, flush_s=0.2) == ["called", "left"]
