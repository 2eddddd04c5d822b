"""A minute of calls: counted, sampled, and told as CloudWatch reads it."""

import asyncio
import io
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest

from fleet.errors import BadConfig, Status
from fleet.server import ServerSettings, emf
from fleet.server.logs import configure
from fleet.server.meter import MOST_TIMES, Meter, Minute
from fleet.server.minutes import each_minute
from fleet.settings import from_env
from tests.clock import FakeClock

ON = ServerSettings(metrics_namespace="fleet/test", service="game-server")
FAULTS = {Status.UNKNOWN, Status.INTERNAL, Status.UNAVAILABLE, Status.DATA_LOSS}


class Log:
    """The log of the process, as lines."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def use(self, form: str) -> None:
        """Have records written in *form*, and by nobody else: pytest listens too."""
        configure(form, self.stream)

    def lines(self) -> list[str]:
        """Return what was written; nothing is after this."""
        logging.root.handlers[0].close()
        return self.stream.getvalue().splitlines()

    def told(self) -> list[dict[str, Any]]:
        """Return the metrics among them; every line is JSON."""
        return [entry for line in self.lines() if "_aws" in (entry := json.loads(line))]


@pytest.fixture
def log() -> Iterator[Log]:
    before, level = logging.root.handlers[:], logging.root.level
    yield Log()
    logging.root.handlers[:] = before
    logging.root.setLevel(level)


def meter(refused: int = 0) -> Meter:
    return Meter(lambda: refused, random.Random(7).random)


@pytest.mark.parametrize("status", Status)
def test_only_what_is_the_servers_fault_has_failed(status: Status) -> None:
    unary, stream = meter(), meter()
    unary.count(status, 1.0)
    stream.count_stream(status, 1.0)

    for minute in (unary.take(), stream.take()):
        assert (minute.calls, minute.failed) == (1, int(status in FAULTS))


def test_a_minute_is_taken_once() -> None:
    refused = [3]
    counted = Meter(lambda: refused[0])
    refused[0] = 5
    counted.count(Status.OK, 2.5)

    assert counted.take() == Minute(1, 2, 0, (2.5,))
    assert counted.take() == Minute(0, 0, 0)


def test_how_long_a_watch_lasts_is_not_told() -> None:
    counted = meter()
    counted.count_stream(Status.OK, 600_000.0)

    assert counted.take() == Minute(1, 0, 0)


def test_refusals_do_not_hide_how_long_the_others_took() -> None:
    counted = meter()
    for _ in range(1000):
        counted.count(Status.RESOURCE_EXHAUSTED, 0.1)
    counted.count(Status.OK, 50.0)

    assert counted.take() == Minute(1001, 0, 0, (50.0,))


def test_a_stream_that_is_sent_elsewhere_by_a_drain_has_not_failed() -> None:
    counted = meter()
    counted.parting = True
    counted.count_stream(Status.UNAVAILABLE, 1.0)
    counted.count_stream(Status.INTERNAL, 1.0)
    counted.count(Status.UNAVAILABLE, 1.0)

    assert counted.take().failed == 2


def test_every_call_is_as_likely_to_be_in_the_sample() -> None:
    counted, calls = meter(), 20_000
    for number in range(calls):
        counted.count(Status.OK, float(number))
    kept = sorted(counted.take().times_ms)

    assert len(set(kept)) == MOST_TIMES
    # The mean of 100 draws of 0 to 1 differs from a half by 0.03.
    assert abs(sum(kept) / MOST_TIMES / calls - 0.5) < 0.1
    assert kept[9] < 0.25 * calls
    assert kept[-10] > 0.75 * calls


def test_a_line_is_what_cloudwatch_reads() -> None:
    minute = Minute(7, 2, 1, (1.23456, 2.0))

    line = emf.line(minute, "fleet/test", "game-server", 1795287971.5)

    assert b"\n" not in line
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1795287971500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "fleet/test",
                    "Dimensions": [["Service"]],
                    "Metrics": [
                        {"Name": "Calls", "Unit": "Count"},
                        {"Name": "Rejected", "Unit": "Count"},
                        {"Name": "Failed", "Unit": "Count"},
                        {"Name": "Latency", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        "Service": "game-server",
        "Calls": 7,
        "Rejected": 2,
        "Failed": 1,
        "Latency": [1.235, 2.0],
    }


def test_a_minute_without_a_call_has_no_latency() -> None:
    told = json.loads(emf.line(Minute(0, 0, 0), "fleet/test", "game-server", 0))
    [directive] = told["_aws"]["CloudWatchMetrics"]

    assert told["Calls"] == 0
    assert "Latency" not in told
    assert [metric["Name"] for metric in directive["Metrics"]] == [
        "Calls",
        "Rejected",
        "Failed",
    ]


async def test_every_minute_is_told_and_the_one_that_has_begun(
    clock: FakeClock, log: Log
) -> None:
    log.use("json")
    counted = meter()
    block = each_minute(counted.take, ON, sleep=clock.sleep, now=clock.now)
    async with block:
        await clock.settle()
        for calls in (3, 0, 2):
            for _ in range(calls):
                counted.count(Status.OK, 1.0)
            await clock.advance(60)
        counted.count(Status.OK, 1.0)
    told = log.told()

    assert [each["Calls"] for each in told] == [3, 0, 2, 1]
    times = [each["_aws"]["Timestamp"] for each in told]
    assert times == [1_060_000, 1_120_000, 1_180_000, 1_180_000]


@pytest.mark.parametrize(
    ("late_s", "first_s"),
    [(0, 60), (18, 57), (22, 63), (19, 56), (15, 60)],
)
async def test_the_first_minute_is_whole_and_none_is_told_at_an_edge(
    clock: FakeClock, log: Log, late_s: float, first_s: float
) -> None:
    log.use("json")
    await clock.advance(late_s)  # it begins at second 40 of a minute
    begun = clock.now()
    async with each_minute(meter().take, ON, sleep=clock.sleep, now=clock.now):
        await clock.advance(first_s)
    first, _ = log.told()

    assert first["_aws"]["Timestamp"] == (begun + first_s) * 1000
    assert 5 <= (begun + first_s) % 60 <= 55


async def test_a_busy_process_tells_each_minute_of_the_clock_once(log: Log) -> None:
    log.use("json")
    rng, now_s, enough = random.Random(3), 1000.0, asyncio.Event()
    rounds = 500

    async def oversleep(seconds: float) -> None:
        nonlocal now_s, rounds
        now_s, rounds = now_s + seconds + rng.uniform(0, 4), rounds - 1
        if not rounds:
            enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    async with each_minute(meter().take, ON, sleep=oversleep, now=lambda: now_s):
        await enough.wait()
    *whole, _ = [each["_aws"]["Timestamp"] // 60_000 for each in log.told()]

    assert len(whole) == 499
    assert whole == [*range(whole[0], whole[0] + 499)]


async def test_a_bug_in_one_minute_is_told_and_the_next_one_too(
    clock: FakeClock, log: Log
) -> None:
    log.use("json")
    turns = iter(range(3))

    def take() -> Minute:
        if next(turns) == 0:
            raise ZeroDivisionError
        return Minute(1, 0, 0)

    async with each_minute(take, ON, sleep=clock.sleep, now=clock.now):
        await clock.advance(120)
    lines = log.lines()

    assert "bug in the metrics" in lines[0]
    assert [json.loads(line).get("Calls") for line in lines] == [None, 1, 1]


async def test_nothing_is_told_without_a_namespace(clock: FakeClock, log: Log) -> None:
    log.use("json")
    async with each_minute(
        meter().take, ServerSettings(), sleep=clock.sleep, now=clock.now
    ):
        await clock.advance(600)

    assert log.lines() == []


async def test_a_log_for_people_has_no_metrics_and_says_so(
    clock: FakeClock, log: Log
) -> None:
    log.use("text")
    async with each_minute(meter().take, ON, sleep=clock.sleep, now=clock.now):
        await clock.advance(600)
    [line] = log.lines()

    assert "no metrics: the log is for people; set FLEET_LOG_FORMAT=json" in line


@pytest.mark.parametrize(
    ("namespace", "service", "names"),
    [
        ("fleet/prod", "game-server", []),
        ("", "", []),
        ("", "game-server", []),
        ("fleet/prod", "", ["FLEET_SERVICE=''"]),
        ("fleet/prod", "game server", ["FLEET_SERVICE='game server'"]),
        ("AWS/ECS", "game-server", ["FLEET_METRICS_NAMESPACE='AWS/ECS'"]),
        (":fleet", "x" * 256, ["FLEET_METRICS_NAMESPACE=", "FLEET_SERVICE="]),
        ("fleet\nprod", "a\u0665", ["FLEET_METRICS_NAMESPACE=", "FLEET_SERVICE="]),
        ("", "spaces are wrong here too", ["FLEET_SERVICE="]),
    ],
)
def test_names_are_those_that_cloudwatch_takes(
    namespace: str, service: str, names: list[str]
) -> None:
    env = {"FLEET_METRICS_NAMESPACE": namespace, "FLEET_SERVICE": service}
    if not names:
        assert from_env(ServerSettings, env, "FLEET_").service == service
        return
    with pytest.raises(BadConfig) as caught:
        from_env(ServerSettings, env, "FLEET_")

    found = caught.value.problems
    assert len(found) == len(names)
    for problem, name in zip(found, names, strict=True):
        assert problem.startswith(name)
