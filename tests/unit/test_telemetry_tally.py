"""Calls counted: buckets, statuses, attempts, and names that strangers make up."""

import gc
from collections.abc import Sequence

import pytest

from fleet.errors import Status
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.endpoints import Row
from fleet.telemetry.tally import OTHER, Tally
from fleet.telemetry.times import BOUNDS_S, ByStatus, Trace

TARGET, PATH = "dns://game-server.local:5000", "/rpc.Rpc/GetChampion"


@pytest.mark.parametrize(
    ("seconds", "last"),
    [
        pytest.param(0.0, 0.0, id="no-time-at-all"),
        pytest.param(0.001, 0.001, id="exactly-a-bound"),
        pytest.param(0.0010001, 0.002, id="just-above"),
        pytest.param(100.0, 100.0, id="the-last-bound"),
        pytest.param(3600.0, None, id="an-hour"),
    ],
)
def test_a_call_is_in_the_bucket_of_its_duration(
    seconds: float, last: float | None
) -> None:
    calls = ByStatus()

    calls.add(0, seconds)

    [bucket] = [n for n, count in enumerate(calls.times[0].counts) if count]
    assert last == (BOUNDS_S[bucket] if bucket < len(BOUNDS_S) else None)
    assert calls.times[0].total_s == seconds


@pytest.mark.parametrize("status", [-1, 17, 99])
def test_a_status_that_grpc_has_not_is_unknown(status: int) -> None:
    calls = ByStatus()

    calls.add(status, 0.1)
    calls.add(status, 0.1)

    assert set(calls.times) == {Status.UNKNOWN}
    assert sum(calls.times[Status.UNKNOWN].counts) == 2


def test_a_slow_example_stays_while_quick_ones_come_and_go() -> None:
    calls = ByStatus()
    slow, *quick = [Trace(f"{n:032x}", f"{n:016x}") for n in range(1, 5)]

    calls.add(0, 4.0, slow)
    for trace in quick:
        calls.add(0, 0.0015, trace)

    shown = {each.trace for each in calls.times[0].exemplars.values()}
    assert shown == {slow, quick[-1]}


def test_attempts_of_one_call_may_overlap() -> None:
    """A hedge: the second wins, the first is given up, and the call is one."""
    tally = Tally()
    call = ClientTelemetry(tally).begin(TARGET, PATH, None, 10.0)

    first = call.attempt("10.0.0.1:5000", 10.0)
    second = call.attempt("10.0.0.2:5000", 10.1)
    call.attempt_ended(second, 0, 10.15)
    call.attempt_ended(first, Status.CANCELLED, 10.16)
    call.ended(0, 10.2)

    [series] = tally.clients
    assert series.started == 2
    assert series.attempts.times[0].total_s == pytest.approx(0.05)
    assert series.attempts.times[1].total_s == pytest.approx(0.16)
    assert list(series.calls.times) == [0]
    assert series.calls.times[0].total_s == pytest.approx(0.2)


def test_without_traces_metadata_stay_the_callers_own() -> None:
    given = [("x-request-id", "7"), ("traceparent", "of somebody else")]

    call = ClientTelemetry(Tally()).begin(TARGET, PATH, given, 0.0)

    assert call.metadata is given
    assert call.attempt("10.0.0.1:5000", 0.0).metadata is given


def test_the_clock_is_asked_when_nobody_says_the_time() -> None:
    tally = Tally()

    ClientTelemetry(tally).begin(TARGET, PATH).ended(0, 0.0)

    [series] = tally.clients
    assert series.calls.times[0].total_s < 0  # began after the clock's zero


def test_made_up_names_are_counted_as_other() -> None:
    tally = Tally(most=3)
    telemetry = ClientTelemetry(tally)

    for n in range(1000):
        telemetry.begin(f"fixed://10.0.0.{n}", f"/made.Up/{n}", None, 0.0).ended(0, 1.0)
        tally.server(f"/made.Up/{n}").started += 1

    assert [each.method for each in tally.clients][-1] == OTHER
    assert len(tally.clients) == len(tally.servers) == 4
    assert sum(sum(each.calls.times[0].counts) for each in tally.clients) == 1000
    assert tally.servers[-1].method == OTHER
    assert tally.servers[-1].started == 997


class Quiet:
    """A channel without endpoints."""

    target = TARGET
    rows: Sequence[Row] = ()

    def explain(self) -> "Quiet":
        return self


def test_a_channel_that_nobody_holds_is_forgotten() -> None:
    telemetry = ClientTelemetry(Tally())
    kept, dropped = Quiet(), Quiet()
    telemetry.watch(kept)
    telemetry.watch(dropped)

    del dropped
    gc.collect()

    assert list(telemetry.metrics.channels) == [kept]
