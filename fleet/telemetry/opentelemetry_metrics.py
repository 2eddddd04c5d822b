"""The tally as metrics of OpenTelemetry: gRFC A66's, and those of the RPC conventions.

Made from the same numbers that Prometheus reads, always cumulative: a call pays once,
whoever is told of it.
"""

from collections.abc import Iterable

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from fleet.errors import Status
from fleet.telemetry.names import SCHEMA, STATUS, Attributes, method_of, server_of
from fleet.telemetry.tally import ClientSeries, ServerSeries, Tally
from fleet.telemetry.times import BOUNDS_S, ByStatus, Times

_SCOPE = InstrumentationScope("grpc-fleet")
_TOTAL = AggregationTemporality.CUMULATIVE
_MS = 1000.0

Span = tuple[int, int]
"""When counting began, and now, in nanoseconds since 1970."""
Counted = tuple[Attributes, int]
Timed = tuple[Attributes, ByStatus]


def snapshot(tally: Tally, resource: Resource, span: Span) -> MetricsData:
    """Return every number of *tally* as it is now."""
    metrics = [*_client(tally.clients, span), *_server(tally.servers, span)]
    scope = ScopeMetrics(_SCOPE, metrics, SCHEMA)
    return MetricsData([ResourceMetrics(resource, [scope], SCHEMA)])


def _client(clients: Iterable[ClientSeries], span: Span) -> Iterable[Metric]:
    keys = [({"grpc.method": c.method, "grpc.target": c.target}, c) for c in clients]
    if not keys:
        return
    begun = [(key, each.started) for key, each in keys]
    yield _sum("grpc.client.attempt.started", "{attempt}", begun, span)
    attempts = [(key, each.attempts) for key, each in keys]
    yield _grpc("grpc.client.attempt.duration", attempts, span)
    calls = [(key, each.calls) for key, each in keys]
    yield _grpc("grpc.client.call.duration", calls, span)
    named = [
        ({**method_of(each.method), **server_of(each.target)}, each.calls)
        for _, each in keys
    ]
    yield _rpc("rpc.client.duration", named, span)


def _server(servers: Iterable[ServerSeries], span: Span) -> Iterable[Metric]:
    keys = [({"grpc.method": each.method}, each) for each in servers]
    if not keys:
        return
    begun = [(key, each.started) for key, each in keys]
    yield _sum("grpc.server.call.started", "{call}", begun, span)
    calls = [(key, each.calls) for key, each in keys]
    yield _grpc("grpc.server.call.duration", calls, span)
    named = [(method_of(each.method), each.calls) for _, each in keys]
    yield _rpc("rpc.server.duration", named, span)


def _sum(name: str, unit: str, counted: Iterable[Counted], span: Span) -> Metric:
    points = [NumberDataPoint(key, *span, value) for key, value in counted]
    return Metric(name, "", unit, Sum(points, _TOTAL, is_monotonic=True))


def _grpc(name: str, timed: Iterable[Timed], span: Span) -> Metric:
    points = [
        _point({**key, "grpc.status": Status(status).name}, times, span, 1.0)
        for key, calls in timed
        for status, times in calls.times.items()
    ]
    return Metric(name, "", "s", Histogram(points, _TOTAL))


def _rpc(name: str, timed: Iterable[Timed], span: Span) -> Metric:
    points = [
        _point({**key, STATUS: status}, times, span, _MS)
        for key, calls in timed
        for status, times in calls.times.items()
    ]
    return Metric(name, "", "ms", Histogram(points, _TOTAL))


def _point(
    key: Attributes, times: Times, span: Span, scale: float
) -> HistogramDataPoint:
    """Return one histogram, *scale* times its seconds."""
    return HistogramDataPoint(
        key,
        *span,
        count=sum(times.counts),
        sum=times.total_s * scale,
        bucket_counts=tuple(times.counts),
        explicit_bounds=tuple(bound * scale for bound in BOUNDS_S),
        min=None,  # type: ignore[arg-type]  # optional on the wire
        max=None,  # type: ignore[arg-type]  # as above
        exemplars=_exemplars(times, scale),
    )


def _exemplars(times: Times, scale: float) -> list[Exemplar]:
    return [
        Exemplar(
            {},
            seconds * scale,
            round(at * 1e9),
            int(trace.span_id, 16),
            int(trace.trace_id, 16),
        )
        for trace, seconds, at in times.exemplars.values()
    ]
