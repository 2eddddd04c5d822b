"""The figures of a process as Prometheus reads them, made when somebody asks.

Names: gRFC A66, with underscores; `fleet_` for what it has not.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate, chain

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

from fleet.errors import Status
from fleet.telemetry.endpoints import Figure, Values, endpoint_figures
from fleet.telemetry.metrics import Read
from fleet.telemetry.tally import Tally
from fleet.telemetry.times import BOUNDS_S, ByStatus, Times

_Bucket = tuple[str, float] | tuple[str, float, Exemplar]
_LIMITS = (*map(floatToGoString, BOUNDS_S), "+Inf")
_ENDPOINT = ["target", "endpoint"]


class Registry:
    """The figures of a process: calls, endpoints, the process, and *numbers*.

    Args:
        tally: Also knows the channels whose endpoints are told of.
        numbers: By name. One that ends in `_total` only grows; several of one name
            differ in the label `reason`.
    """

    def __init__(self, tally: Tally, numbers: Mapping[str, Read] | None = None) -> None:
        self._calls = Calls(tally)
        self._tally = tally
        self._numbers = Numbers(numbers or {})
        self._process = ProcessCollector(registry=None)

    def read(self, accept: str) -> Callable[[], tuple[bytes, str]]:
        """Return what makes a body and its type, in whatever thread it is called.

        What belongs to the loop is read here and now. Counts of calls are not: they
        are most of the page, and a number that is one call ahead does no harm.

        Args:
            accept: The header of HTTP: OpenMetrics, which has exemplars, or text.
        """
        encode, kind = choose_encoder(accept)
        endpoints = endpoint_figures(self._tally.channels)
        numbers = list(self._numbers.collect())
        page = _Page(
            self._calls.collect,
            lambda: _families(endpoints),
            lambda: numbers,
            self._process.collect,
        )
        return lambda: (encode(page), kind)


class _Page(Collector):
    """Several collectors as one."""

    def __init__(self, *parts: Callable[[], Iterable[Metric]]) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        return chain.from_iterable(part() for part in self._parts)


class Calls(Collector):
    """The calls that *tally* has counted; may be read in any thread."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """Return the families of the sides that there are, client and server."""
        if self._tally.clients:
            yield from self._client()
        if self._tally.servers:
            yield from self._server()

    def _client(self) -> Iterable[Metric]:
        name, labels = "grpc_client_attempt", ["grpc_method", "grpc_target"]
        started = CounterMetricFamily(
            f"{name}_started", "Attempts begun.", labels=labels
        )
        attempts = _durations(f"{name}_duration_seconds", "Of one attempt.", labels)
        text = "Of a call, all its attempts and waiting included."
        calls = _durations("grpc_client_call_duration_seconds", text, labels)
        for each in self._tally.clients:
            key = [each.method, each.target]
            started.add_metric(key, each.started)
            _add(attempts, key, each.attempts)
            _add(calls, key, each.calls)
        return started, attempts, calls

    def _server(self) -> Iterable[Metric]:
        name, labels = "grpc_server_call", ["grpc_method"]
        started = CounterMetricFamily(f"{name}_started", "Calls begun.", labels=labels)
        calls = _durations(f"{name}_duration_seconds", "Of one call.", labels)
        for each in self._tally.servers:
            started.add_metric([each.method], each.started)
            _add(calls, [each.method], each.calls)
        running = sum(each.in_flight for each in self._tally.servers)
        now = GaugeMetricFamily("fleet_server_calls_in_flight", "Calls now.", running)
        return started, calls, now


class Endpoints(Collector):
    """What the channels of *tally* know of each endpoint; belongs into their loop."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """Return a family for each figure that there is of any endpoint."""
        return _families(endpoint_figures(self._tally.channels))


_HELP = {
    "fleet_server_refused_total": "Calls that were refused before they were begun.",
    "fleet_server_lag_seconds": "What a call waits until it is begun.",
}


class Numbers(Collector):
    """Numbers that are read when they are asked for; see `Registry`."""

    def __init__(self, numbers: Mapping[str, Read]) -> None:
        self._numbers = numbers

    def collect(self) -> Iterable[Metric]:
        """Return a family for each name."""
        for name, read in self._numbers.items():
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            text = _HELP.get(name, name.removesuffix("_total").replace("_", " "))
            value = read()
            if not isinstance(value, Mapping):
                yield kind(name, text, value=value)
                continue
            family = kind(name, text, labels=["reason"])
            for reason, count in value.items():
                family.add_metric([reason], count)
            yield family


def _families(figures: Mapping[Figure, Values]) -> Iterable[Metric]:
    for figure, values in figures.items():
        kind = CounterMetricFamily if figure.grows else GaugeMetricFamily
        name = f"fleet_client_endpoint_{figure.name}"
        family = kind(name, figure.text, labels=_ENDPOINT)
        for key, value in values.items():
            family.add_metric(key, value)
        if values:
            yield family


def _durations(name: str, text: str, labels: list[str]) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, labels=[*labels, "grpc_status"])


def _add(family: HistogramMetricFamily, key: list[str], calls: ByStatus) -> None:
    for status, times in list(calls.times.items()):
        family.add_metric([*key, Status(status).name], _buckets(times), times.total_s)


def _buckets(times: Times) -> list[_Bucket]:
    """Return how many took no longer than each limit, with an example if known."""
    buckets: list[_Bucket] = list(zip(_LIMITS, accumulate(times.counts), strict=True))
    for bucket, newest in list(times.exemplars.items()):
        example = Exemplar(newest.trace._asdict(), newest.seconds, newest.at)
        limit, count, *_ = buckets[bucket]
        buckets[bucket] = (limit, count, example)
    return buckets
