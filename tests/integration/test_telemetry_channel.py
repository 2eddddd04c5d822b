"""What a channel tells: calls of all four kinds, their attempts, and its endpoints."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families

import fleet
from fleet.client.channel import Channel
from fleet.client.config import ChannelConfig
from fleet.endpoint import Endpoint
from fleet.errors import Status
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.prometheus import Registry
from fleet.telemetry.tally import Tally
from fleet.telemetry.times import ByStatus
from tests.support.backend import BOTH, DOWN, UNARY, UP, Backend
from tests.support.until import until

HERE = Endpoint("127.67.3.1", 0)


@contextlib.asynccontextmanager
async def told(
    *behaviours: Callable[..., Any],
) -> AsyncIterator[tuple[Channel, Tally]]:
    """Connect to a backend for each behaviour, or to one that echoes."""
    backends = [Backend(HERE, behave=each) for each in behaviours] or [Backend(HERE)]
    running = [await backend.start() for backend in backends]
    target = "fixed://" + ",".join(str(backend.endpoint) for backend in running)
    tally = Tally()
    try:
        config = ChannelConfig(telemetry=ClientTelemetry(tally))
        async with fleet.connect(target, config) as channel:
            await until(lambda: len(channel.explain().rows) == len(running))
            await until(lambda: all(row.picked for row in channel.explain().rows))
            yield channel, tally
    finally:
        for backend in running:
            await backend.stop()


def counts(calls: ByStatus) -> dict[str, int]:
    return {Status(s).name: sum(times.counts) for s, times in calls.times.items()}


async def call(channel: Channel, path: str) -> None:
    """Make one call of the kind that *path* is, to its end."""
    kinds = {UNARY: "unary_unary", DOWN: "unary_stream", UP: "stream_unary"}
    kind = kinds.get(path, "stream_stream")
    made: Any = getattr(channel, kind)(path)(
        iter([b"x"]) if kind.startswith("stream") else b"x"
    )
    if kind.endswith("stream"):
        assert [part async for part in made] == [b"x"]
    else:
        assert await made == b"x"


@pytest.mark.parametrize("path", [UNARY, DOWN, UP, BOTH])
async def test_a_call_of_each_kind_is_counted_once(path: str) -> None:
    async with told() as (channel, tally):
        await call(channel, path)

        [series] = tally.clients
        await until(lambda: counts(series.calls))
    assert (series.method, series.started) == (path.removeprefix("/"), 1)
    assert series.target.startswith("fixed://127.")
    assert counts(series.calls) == {"OK": 1}
    assert counts(series.attempts) == {"OK": 1}
    assert 0 < series.calls.times[0].total_s < 60


async def test_each_attempt_of_a_call_is_counted() -> None:
    async def fail(_request: bytes, context: Any) -> bytes:  # noqa: ANN401 - gRPC's own
        await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
        raise AssertionError

    async with told(fail, fail) as (channel, tally):
        with fleet.safe_to_repeat(), pytest.raises(grpc.aio.AioRpcError):
            await channel.unary_unary(UNARY)(b"x")

        [series] = tally.clients
        await until(lambda: counts(series.calls))
    assert counts(series.calls) == {"UNAVAILABLE": 1}
    assert series.started > 1
    assert counts(series.attempts) == {"UNAVAILABLE": series.started}


async def test_a_call_that_is_cancelled_is_counted() -> None:
    async with told() as (channel, tally):
        calling = channel.stream_stream(BOTH)()
        await calling.write(b"x")
        assert await calling.read() == b"x"
        calling.cancel()

        [series] = tally.clients
        await until(lambda: counts(series.calls))
        await until(lambda: counts(series.attempts))
    assert counts(series.calls) == counts(series.attempts) == {"CANCELLED": 1}


async def test_the_page_has_the_endpoints_of_a_channel() -> None:
    async with told() as (channel, tally):
        await call(channel, UNARY)
        body, _ = Registry(tally).read("")()
        [row] = channel.explain().rows
    after, _ = Registry(tally).read("")()

    shown = {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(body.decode())
        if family.name.startswith("fleet_client_endpoint_")
    }
    labels = {"target": f"fixed://{row.endpoint}", "endpoint": row.endpoint}
    assert shown["fleet_client_endpoint_calls"] == [(labels, 1)]
    assert shown["fleet_client_endpoint_picked"] == [(labels, 1)]
    assert shown["fleet_client_endpoint_out"] == [(labels, 0)]
    assert shown["fleet_client_endpoint_latency_seconds"][0][1] > 0
    assert b"fleet_client_endpoint_" not in after  # it is closed
