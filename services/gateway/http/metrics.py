"""The figures of the door, for Prometheus."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from fleet.errors import Status

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5, 10)
_LIMITS = (*map(floatToGoString, _SECONDS), "+Inf")


class Times:
    """How long the requests of one method took."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * len(_LIMITS)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one that took *seconds*."""
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.total_s += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return how many took no longer than each limit."""
        return list(zip(_LIMITS, accumulate(self.counts), strict=True))


class Answered(Collector):
    """Requests by method, and what became of them.

    Numbers in dicts, made into samples when they are asked for: the library's own
    counters take a lock each time, which every request would wait for.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int, Status], int] = {}
        self._times: dict[str, Times] = {}

    def add(
        self, method: str, status: int, code: Status, seconds: float | None
    ) -> None:
        """Count one request; see `Metrics.answered`."""
        key = (method, status, code)
        self._counts[key] = self._counts.get(key, 0) + 1
        if seconds is not None:
            times = self._times.get(method)
            if times is None:
                times = self._times[method] = Times()
            times.add(seconds)

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(self._counts.values())

    @property
    def failed(self) -> int:
        """How many of them had a status of 500 and above."""
        counts = self._counts.items()
        return sum(count for (_, status, _), count in counts if status >= 500)  # noqa: PLR2004 - HTTP's own

    def collect(self) -> Iterable[Metric]:
        """Return the samples."""
        counts = CounterMetricFamily(
            "gateway_requests",
            "Requests that were answered, by HTTP status and canonical code.",
            labels=["method", "status", "code"],
        )
        for (method, status, code), count in self._counts.items():
            counts.add_metric([_shown(method), str(status), code.name], count)
        spread = HistogramMetricFamily(
            "gateway_request_seconds",
            "From a request's head to its answer's end; streams are not in it.",
            labels=["method"],
        )
        for method, times in self._times.items():
            spread.add_metric([_shown(method)], times.buckets(), times.total_s)
        return [counts, spread]


class Count(Collector):
    """A number that only grows, read when it is asked for."""

    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self._name = name
        self._text = text
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """Return the sample."""
        return [CounterMetricFamily(self._name, self._text, value=self._read())]

    describe = collect
    """For the registry, which wants no name twice."""


class Metrics:
    """A registry of its own, so that two gateways in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_flight = 0
        """Requests that have come and are not answered in full, streams too."""
        self.streams = 0
        """Answers of chunks that are under way."""
        self.sent_bytes = 0
        """Of all bodies so far."""
        self.all = Answered()
        self.registry.register(self.all)
        self._rejected = Counter(
            "gateway_rejected",
            "Requests and connections that broke a limit.",
            ["reason"],
            registry=self.registry,
        )
        self.gauge("gateway_in_flight", "Requests now.", lambda: self.in_flight)
        self.gauge("gateway_streams", "Streams now.", lambda: self.streams)
        self.count("gateway_sent_bytes", "Of all bodies.", lambda: self.sent_bytes)
        ProcessCollector(registry=self.registry)

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show what *read* returns whenever the figures are asked for.

        Raises:
            ValueError: *name* is there already.
        """
        Gauge(name, text, registry=self.registry).set_function(read)

    def count(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show what *read* returns, which only grows, as *name* and `_total`.

        Raises:
            ValueError: *name* is there already.
        """
        self.registry.register(Count(name, text, read))

    def answered(
        self, method: str, status: int, code: Status, seconds: float | None
    ) -> None:
        """Count one request.

        Args:
            method: Of the schema, or "": never a name that the caller made up.
            status: Of HTTP.
            code: The canonical one.
            seconds: That it took; None for a stream.
        """
        self.all.add(method, status, code, seconds)

    def rejected(self, reason: str) -> None:
        """Count what broke a limit.

        Args:
            reason: One of a few words, such as "body_bytes".
        """
        self._rejected.labels(reason).inc()

    def text(self) -> bytes:
        """Return all figures as `CONTENT_TYPE`."""
        return generate_latest(self.registry)


def _shown(method: str) -> str:
    return method or "unmatched"
