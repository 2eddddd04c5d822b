"""What Prometheus is shown, read by Prometheus's own parsers."""

from dataclasses import dataclass, replace

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as open_metrics,
)
from prometheus_client.parser import text_string_to_metric_families as plain_text

from fleet.errors import Status
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.metrics import Read
from fleet.telemetry.prometheus import Registry
from fleet.telemetry.tally import OTHER, Tally
from fleet.telemetry.times import BOUNDS_S, Trace

TARGET, PATH = "dns://game-server.local:5000", "/rpc.Rpc/GetChampion"
OPEN = "application/openmetrics-text; version=1.0.0"
HOSTILE = 'a"} 1\n# EOF\nb{c="\\ \N{SNOWMAN}\r\n'


@dataclass(frozen=True)
class Row:
    """One endpoint, as `explain()` has it."""

    endpoint: str = "10.0.0.1:5000"
    picked: bool = True
    calls: int = 7
    in_flight: int = 2
    failures: int = 1
    latency_ms: float | None = 12.5
    standing: str = "in"
    ejections: int = 0
    slowness: float = 1.5
    limit: float | None = 20


@dataclass(eq=False)
class Known:
    """A channel and what it knows."""

    rows: tuple[Row, ...]
    target: str = TARGET

    def explain(self) -> "Known":
        return self


def families(
    tally: Tally, accept: str = "", numbers: dict[str, Read] | None = None
) -> dict[str, Metric]:
    body, kind = Registry(tally, numbers).read(accept)()
    parse = open_metrics if kind.startswith("application/openmetrics") else plain_text
    return {family.name: family for family in parse(body.decode())}


def value(family: Metric, suffix: str, **labels: str) -> float:
    [found] = [
        sample.value
        for sample in family.samples
        if sample.name == family.name + suffix and sample.labels == labels
    ]
    return float(found)


def counted(target: str = TARGET, path: str = PATH) -> Tally:
    """One call in two attempts, 0.3 s and 0.5 s, and one that is served."""
    tally = Tally()
    call = ClientTelemetry(tally).begin(target, path, None, 0.0)
    first = call.attempt("10.0.0.1:5000", 0.0)
    call.attempt_ended(first, Status.UNAVAILABLE, 0.3)
    call.attempt_ended(call.attempt("10.0.0.2:5000", 0.3), 0, 0.8)
    call.ended(0, 0.8)
    served = tally.server(path)
    served.started, served.in_flight = 2, 1
    served.calls.add(0, 0.004, Trace("ab" * 16, "cd" * 8))
    return tally


@pytest.mark.parametrize("accept", ["", OPEN])
def test_has_the_names_and_labels_of_a66(accept: str) -> None:
    shown = families(counted(), accept)

    own = {"grpc_method": "rpc.Rpc/GetChampion", "grpc_target": TARGET}
    assert value(shown["grpc_client_attempt_started"], "_total", **own) == 2
    attempts = shown["grpc_client_attempt_duration_seconds"]
    assert value(attempts, "_sum", **own, grpc_status="UNAVAILABLE") == 0.3
    assert value(attempts, "_sum", **own, grpc_status="OK") == 0.5
    calls = shown["grpc_client_call_duration_seconds"]
    assert value(calls, "_count", **own, grpc_status="OK") == 1
    assert value(calls, "_bucket", **own, grpc_status="OK", le="0.8") == 1
    assert value(calls, "_bucket", **own, grpc_status="OK", le="0.65") == 0
    served = {"grpc_method": "rpc.Rpc/GetChampion"}
    assert value(shown["grpc_server_call_started"], "_total", **served) == 2
    served["grpc_status"] = "OK"
    assert value(shown["grpc_server_call_duration_seconds"], "_count", **served) == 1
    assert value(shown["fleet_server_calls_in_flight"], "") == 1
    assert shown["process_cpu_seconds"].samples[0].value > 0


def test_a_histogram_has_every_bucket_of_a66_and_grows_along_them() -> None:
    family = families(counted())["grpc_server_call_duration_seconds"]

    buckets = [each for each in family.samples if each.name.endswith("_bucket")]
    assert [float(each.labels["le"]) for each in buckets] == [*BOUNDS_S, float("inf")]
    assert [each.value for each in buckets] == sorted(each.value for each in buckets)


def test_a_process_that_serves_nothing_says_nothing_of_serving() -> None:
    tally = Tally()
    ClientTelemetry(tally).begin(TARGET, PATH, None, 0.0).ended(0, 1.0)

    assert not [name for name in families(tally) if "server" in name]


@pytest.mark.parametrize("accept", ["", OPEN])
def test_hostile_names_stay_within_their_label(accept: str) -> None:
    shown = families(counted(HOSTILE, f"/{HOSTILE}"), accept)

    calls = shown["grpc_client_call_duration_seconds"]
    named = {(s.labels["grpc_method"], s.labels["grpc_target"]) for s in calls.samples}
    assert named == {(HOSTILE, HOSTILE)}


def test_what_is_not_served_is_one_series() -> None:
    tally = Tally()
    for _ in range(100):
        tally.server(OTHER).calls.add(Status.UNIMPLEMENTED, 0.001)

    family = families(tally)["grpc_server_call_duration_seconds"]

    labels = {"grpc_method": OTHER, "grpc_status": "UNIMPLEMENTED"}
    assert value(family, "_count", **labels) == 100


def test_open_metrics_shows_the_trace_of_a_call() -> None:
    family = families(counted(), OPEN)["grpc_server_call_duration_seconds"]

    [shown] = [sample for sample in family.samples if sample.exemplar]
    assert shown.labels["le"] == "0.004"
    assert shown.exemplar is not None
    assert shown.exemplar.labels == {"trace_id": "ab" * 16, "span_id": "cd" * 8}
    assert shown.exemplar.value == 0.004


def test_shows_each_endpoint_of_each_channel() -> None:
    tally = Tally()
    new = Row("10.0.0.2:5000", latency_ms=None, limit=None, standing="out")
    channel = Known((Row(), new))
    tally.channels.add(channel)

    shown = families(tally)

    def found(name: str, endpoint: str) -> list[float]:
        family = shown[f"fleet_client_endpoint_{name}"]
        return [s.value for s in family.samples if s.labels["endpoint"] == endpoint]

    names = ("in_flight", "calls", "failures", "latency_seconds", "slowness")
    more = ("out", "ejections", "limit", "picked")
    first = [found(name, "10.0.0.1:5000") for name in (*names, *more)]
    assert first == [[2], [7], [1], [0.0125], [1.5], [0], [0], [20], [1]]
    assert found("latency_seconds", "10.0.0.2:5000") == []
    assert found("limit", "10.0.0.2:5000") == []
    assert found("out", "10.0.0.2:5000") == [1]


def test_two_channels_to_one_endpoint_are_one_series() -> None:
    """Prometheus refuses a page that has the same labels twice."""
    tally = Tally()
    channels = [Known((Row(),)), Known((replace(Row(), standing="out"),))]
    tally.channels.update(channels)

    shown = families(tally)

    labels = {"target": TARGET, "endpoint": "10.0.0.1:5000"}
    assert value(shown["fleet_client_endpoint_calls"], "_total", **labels) == 14
    assert value(shown["fleet_client_endpoint_in_flight"], "", **labels) == 4
    assert value(shown["fleet_client_endpoint_slowness"], "", **labels) == 1.5
    assert value(shown["fleet_client_endpoint_out"], "", **labels) == 1


@pytest.mark.parametrize("accept", ["", OPEN])
def test_shows_numbers_of_now(accept: str) -> None:
    lag = [0.0]
    numbers: dict[str, Read] = {
        "fleet_server_lag_seconds": lambda: lag[0],
        "fleet_server_refused_total": lambda: {"calls": 3, "lag": 1},
    }
    lag[0] = 0.25

    shown = families(Tally(), accept, numbers)

    assert value(shown["fleet_server_lag_seconds"], "") == 0.25
    assert value(shown["fleet_server_refused"], "_total", reason="calls") == 3
    assert value(shown["fleet_server_refused"], "_total", reason="lag") == 1
