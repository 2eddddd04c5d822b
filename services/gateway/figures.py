"""What /metrics tells besides the requests: sharing, reloads, the tasks behind."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fleet.telemetry.prometheus import Calls, Endpoints
from fleet.telemetry.tally import Tally
from services.gateway.edition import Traffic
from services.gateway.editions import Editions
from services.gateway.http.metrics import Metrics


def add_figures(
    metrics: Metrics,
    traffic: Traffic,
    editions: Editions,
    tally: Tally,
) -> None:
    """Have *metrics* tell of *traffic* and *editions* too.

    Args:
        metrics: What the page is made of.
        traffic: Counts what is shared, and knows the backends.
        editions: Counts reloads.
        tally: Of the channels to the backends: their calls and their endpoints.
    """
    flights, kept, lives = traffic.flights, traffic.kept, traffic.lives
    count, gauge = metrics.count, metrics.gauge
    count(
        "gateway_shared_reads",
        "Reads answered by the call of another.",
        lambda: flights.shared,
    )
    count("gateway_kept_reads", "Reads answered from the cache.", lambda: kept.hits)
    gauge("gateway_watches", "Streams of methods now.", lambda: lives.open)
    count("gateway_editions", "Editions made.", lambda: editions.made)
    gauge(
        "gateway_reload_failed",
        "1 while the newest files cannot be used.",
        lambda: bool(editions.failed),
    )
    metrics.registry.register(Tasks(traffic))
    metrics.registry.register(Calls(tally))
    metrics.registry.register(Endpoints(tally))


class Tasks(Collector):
    """The tasks behind, by what is known of them."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def collect(self) -> Iterable[Metric]:
        """Return how many tasks of each backend are in each state."""
        tasks = GaugeMetricFamily(
            "gateway_backend_tasks",
            "Tasks of a backend by state; picked: calls go there.",
            labels=["target", "state", "picked"],
        )
        for target, backend in self._traffic.backends.items():
            counts: dict[tuple[str, bool], int] = {}
            for row in backend.channel.explain().rows:
                key = row.state, row.picked
                counts[key] = counts.get(key, 0) + 1
            for (state, picked), count in counts.items():
                tasks.add_metric([target, state, str(picked).lower()], count)
        return [tasks]
