"""What one page says, at one moment, in the words of `fleet top`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fleet.cli.topping.histogram import Histogram
from fleet.errors import Status
from fleet.telemetry.scrape import Sample, samples

_FAILED = frozenset(
    status.name
    for status in (
        Status.UNKNOWN,
        Status.DEADLINE_EXCEEDED,
        Status.UNIMPLEMENTED,
        Status.INTERNAL,
        Status.UNAVAILABLE,
        Status.DATA_LOSS,
    )
)
"""What is the server's fault, as OpenTelemetry's RPC conventions have it for spans."""
_REFUSED = Status.RESOURCE_EXHAUSTED.name
_SERVER_ERROR = 500
"""And above: the same in HTTP."""

_UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Pages of a gateway that probes ask for, and we; most requests of an idle one."""

_CALLS = "grpc_server_call_duration_seconds"
_ENDPOINT = "fleet_client_endpoint_"

Figures = dict[str, float]
"""By name, such as `in_flight` or `slowness`."""


@dataclass(slots=True)
class Reading:
    """The figures of one process; counters as they stand since its start.

    Calls are those that have ended. What was refused is one of them, but no part of
    `took`: many quick refusals would make a slow task look like a quick one.
    """

    at_s: float
    """On the clock of `time.monotonic`."""
    calls: float = 0.0
    failed: float = 0.0
    refused: float = 0.0
    took: Histogram = field(default_factory=Histogram)
    in_flight: float | None = None
    lag_s: float | None = None
    memory_bytes: float | None = None
    endpoints: dict[tuple[str, str], Figures] = field(default_factory=dict)
    """What it knows of those that it calls, by target and endpoint."""


def read(page: str, at_s: float) -> Reading:
    """Return what *page* says; of a server, of a gateway, or of both.

    Raises:
        ValueError: It is not in Prometheus's text format.
    """
    made, buckets = Reading(at_s), dict[float, float]()
    for sample in samples(page, _WANTED):
        if sample.name in _BUCKETS:
            _bucket(buckets, sample)
        elif sample.name.startswith(_ENDPOINT):
            _endpoint(made, sample)
        else:
            _TAKERS[sample.name](made, sample)
    made.took = Histogram.of_cumulative(buckets)
    return made


def _bucket(buckets: dict[float, float], sample: Sample) -> None:
    labels = sample.labels
    if labels.get("grpc_status") == _REFUSED or labels.get("method") in _UNCOUNTED:
        return
    bound = float(labels.get("le", "+Inf"))
    buckets[bound] = buckets.get(bound, 0.0) + sample.value


def _endpoint(made: Reading, sample: Sample) -> None:
    key = sample.labels.get("target", ""), sample.labels.get("endpoint", "")
    name = sample.name.removeprefix(_ENDPOINT).removesuffix("_total")
    made.endpoints.setdefault(key, {})[name] = sample.value


def _called(made: Reading, sample: Sample) -> None:
    made.calls += sample.value
    if sample.labels.get("grpc_status") in _FAILED:
        made.failed += sample.value


def _requested(made: Reading, sample: Sample) -> None:
    if sample.labels.get("method") in _UNCOUNTED:
        return
    made.calls += sample.value
    if int(sample.labels.get("status", "0")) >= _SERVER_ERROR:
        made.failed += sample.value
    if sample.labels.get("code") == _REFUSED:
        made.refused += sample.value


def _refused(made: Reading, sample: Sample) -> None:
    made.refused += sample.value


def _in_flight(made: Reading, sample: Sample) -> None:
    made.in_flight = (made.in_flight or 0.0) + sample.value


def _requests(made: Reading, sample: Sample) -> None:
    # One of them is our own, for this very page.
    made.in_flight = (made.in_flight or 0.0) + max(sample.value - 1, 0.0)


def _lag(made: Reading, sample: Sample) -> None:
    made.lag_s = sample.value


def _memory(made: Reading, sample: Sample) -> None:
    made.memory_bytes = sample.value


_TAKERS: Mapping[str, Callable[[Reading, Sample], None]] = {
    f"{_CALLS}_count": _called,
    "fleet_server_calls_in_flight": _in_flight,
    "fleet_server_refused_total": _refused,
    "fleet_server_lag_seconds": _lag,
    "gateway_requests_total": _requested,
    "gateway_rejected_total": _refused,
    "gateway_in_flight": _requests,
    "process_resident_memory_bytes": _memory,
}
_BUCKETS = frozenset({f"{_CALLS}_bucket", "gateway_request_seconds_bucket"})
_OF_ENDPOINTS = (
    "in_flight",
    "calls_total",
    "failures_total",
    "latency_seconds",
    "slowness",
    "out",
    "ejections_total",
    "limit",
    "picked",
)
_WANTED = frozenset(
    {*_TAKERS, *_BUCKETS, *(f"{_ENDPOINT}{name}" for name in _OF_ENDPOINTS)}
)
