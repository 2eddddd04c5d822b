"""From two readings of real pages to rows and events."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet.cli.topping.places import Group, Place
from fleet.cli.topping.poll import Poll
from fleet.cli.topping.reading import read
from fleet.cli.topping.snapshot import Snapshot
from fleet.errors import Status
from fleet.telemetry.prometheus import Registry
from fleet.telemetry.tally import Tally
from services.gateway.http.metrics import Metrics

TARGET = "dns://game-server.local:5000"
START = datetime(2018, 10, 16, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """One endpoint, as `explain()` has it."""

    endpoint: str
    picked: bool = True
    calls: int = 0
    in_flight: int = 0
    failures: int = 0
    latency_ms: float | None = None
    standing: str = "in"
    ejections: int = 0
    slowness: float = 1.0
    limit: float | None = None


@dataclass(eq=False)
class Known:
    """A channel and what it knows."""

    rows: tuple[Row, ...]
    target: str = TARGET

    def explain(self) -> "Known":
        return self


class Task:
    """A process: its tally, and its page."""

    def __init__(self, name: str, endpoint: str) -> None:
        self.place = Place(name, endpoint, "HEALTHY", f"http://{name}/metrics")
        self.tally = Tally()
        self.refused = 0
        self.answers = True

    def serve(
        self, seconds: float, *, count: int = 1, status: Status = Status.OK
    ) -> None:
        for _ in range(count):
            self.tally.server("/rpc.Rpc/GetChampion").calls.add(status, seconds)

    def page(self) -> str:
        numbers = Registry(
            self.tally,
            {
                "fleet_server_refused_total": lambda: {"calls": float(self.refused)},
                "fleet_server_lag_seconds": lambda: 0.002,
            },
        )
        body, _ = numbers.read("")()
        return body.decode()


class Fleet:
    """Tasks, a clock, and a poll of them."""

    def __init__(self, *tasks: Task) -> None:
        self.tasks = list(tasks)
        self.now = 0.0
        self.poll = Poll(
            self.source,
            fetch=self.fetch,
            now=lambda: self.now,
            today=lambda: START + timedelta(seconds=self.now),
        )

    async def source(self) -> Sequence[Group]:
        places = tuple(task.place for task in self.tasks)
        return [Group("game-server", "all healthy", places)]

    async def fetch(self, url: str) -> str:
        [task] = [task for task in self.tasks if task.place.page == url]
        if not task.answers:
            raise TimeoutError
        return task.page()

    async def after(self, seconds: float) -> Snapshot:
        self.now += seconds
        return await self.poll()


def fleet_of(count: int) -> Fleet:
    return Fleet(*(Task(f"game-{n}", f"10.0.0.{n}:5000") for n in range(1, count + 1)))


def told(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in snapshot.events]


async def test_rates_and_percentiles_are_those_of_the_interval() -> None:
    fleet = fleet_of(2)
    one, other = fleet.tasks
    one.serve(5.0, count=1000)  # long ago
    await fleet.poll()
    one.serve(0.0045, count=99)
    one.serve(0.29, status=Status.INTERNAL)
    one.serve(0.00002, count=300, status=Status.RESOURCE_EXHAUSTED)
    one.refused = 300
    other.serve(0.0045, count=100)

    [service] = (await fleet.after(2.0)).services

    [row, _] = service.tasks
    assert row.load.calls_per_s == 200
    assert row.load.failed_per_s == 0.5
    assert row.load.refused_per_s == 150
    assert row.load.p50_s == pytest.approx(0.0045, abs=0.0005)
    assert row.load.p99_s == pytest.approx(0.005, abs=0.0001)
    assert row.load.lag_s == 0.002
    assert row.load.memory_bytes is not None
    assert service.total.calls_per_s == 250
    assert service.total.failed_per_s == 0.5
    assert service.total.memory_bytes == pytest.approx(2 * row.load.memory_bytes, 0.2)
    assert service.total.lag_s == 0.002


async def test_the_first_reading_has_no_rates_and_a_quiet_one_no_percentile() -> None:
    fleet = fleet_of(1)
    fleet.tasks[0].serve(1.0)

    [first] = (await fleet.poll()).services
    [second] = (await fleet.after(1.0)).services

    assert first.tasks[0].load.calls_per_s is None
    assert first.tasks[0].load.in_flight == 0
    assert second.tasks[0].load.calls_per_s == 0
    assert second.tasks[0].load.p99_s is None


async def test_a_process_that_began_anew_has_no_negative_rate() -> None:
    fleet = fleet_of(1)
    [task] = fleet.tasks
    task.serve(1.0, count=100)
    await fleet.poll()
    task.tally = Tally()
    task.serve(0.0045, count=10)

    [service] = (await fleet.after(1.0)).services

    assert service.total.calls_per_s == 10
    assert service.total.p50_s == pytest.approx(0.0045, abs=0.0005)


async def test_a_page_that_does_not_answer_is_shown_as_such_until_it_does() -> None:
    fleet = fleet_of(2)
    task, _ = fleet.tasks
    await fleet.poll()
    task.answers = False
    silent = await fleet.after(1.0)
    task.answers = True
    task.serve(0.001, count=20)

    back = await fleet.after(1.0)

    [row, other] = silent.services[0].tasks
    assert (row.state, row.problem) == ("SILENT", "no answer within 1 s")
    assert other.state == "HEALTHY"
    assert told(silent) == [
        ("silent", "game-1 does not answer for its page: no answer within 1 s")
    ]
    assert told(back) == [("answers", "game-1 answers again")]
    assert back.services[0].tasks[0].load.calls_per_s == 10  # of both seconds


async def test_a_task_that_leaves_may_be_silent() -> None:
    fleet = fleet_of(1)
    [task] = fleet.tasks
    await fleet.poll()
    task.answers = False
    task.place = replace(task.place, state="DRAINING")

    leaving = await fleet.after(1.0)

    assert leaving.services[0].tasks[0].state == "DRAINING"
    assert told(leaving) == [("state", "game-1 is DRAINING")]


async def test_a_task_without_a_page_is_healthy_all_the_same() -> None:
    fleet = fleet_of(1)
    [task] = fleet.tasks
    task.place = replace(task.place, page=None)

    [service] = (await fleet.poll()).services

    assert service.tasks[0].state == "HEALTHY"
    assert "no page" in service.tasks[0].problem


async def test_who_comes_and_who_leaves() -> None:
    fleet = fleet_of(1)
    await fleet.poll()
    [old] = fleet.tasks
    fleet.tasks = [Task("game-2", "10.0.0.2:5000")]

    changed = await fleet.after(1.0)

    assert told(changed) == [
        ("left", "game-1 has left"),
        ("came", "game-2 has come, at 10.0.0.2:5000"),
    ]
    assert changed.events[0].at == START + timedelta(seconds=1)
    assert old not in fleet.tasks


async def test_an_ejection_and_its_end_are_told_with_the_name_of_the_task() -> None:
    fleet = fleet_of(2)
    caller, callee = fleet.tasks
    row = Row(callee.place.endpoint, calls=10, in_flight=3, latency_ms=12, limit=20)
    channel = Known((row,))
    caller.tally.channels.add(channel)
    await fleet.poll()
    channel.rows = (replace(row, calls=30, standing="out", ejections=1, slowness=8.04),)
    ejected = await fleet.after(2.0)
    channel.rows = (replace(row, calls=30, ejections=1),)
    back = await fleet.after(1.0)
    channel.rows = (replace(row, calls=30, ejections=2),)
    again = await fleet.after(1.0)

    [shown] = ejected.out
    assert (shown.caller, shown.task, shown.state) == ("game-1", "game-2", "OUT")
    assert (shown.calls_per_s, shown.latency_s, shown.in_flight) == (10, 0.012, 3)
    assert (shown.slowness, shown.limit, shown.ejections) == (8.04, 20, 1)
    name = "game-2 (10.0.0.2:5000)"
    assert told(ejected) == [
        ("ejected", f"game-1 has ejected {name}, 8.0 times as slow as is typical")
    ]
    assert told(back) == [("back", f"game-1 has let {name} come back")]
    assert back.clients[0].state == "in"
    assert told(again) == [("back", f"game-1 had ejected {name}, which is back")]


async def test_an_endpoint_that_gets_no_calls_is_aside() -> None:
    fleet = fleet_of(1)
    channel = Known((Row("10.0.0.9:5000", picked=False),))
    fleet.tasks[0].tally.channels.add(channel)

    [row] = (await fleet.poll()).clients

    assert (row.state, row.task, row.calls_per_s) == ("aside", "10.0.0.9:5000", None)


async def test_pages_are_read_at_the_same_time() -> None:
    fleet = fleet_of(3)
    everyone = asyncio.Barrier(3)

    async def together(url: str) -> str:
        async with asyncio.timeout(5):
            await everyone.wait()
        return await fleet.fetch(url)

    fleet.poll = Poll(fleet.source, fetch=together)
    [service] = (await fleet.poll()).services

    assert {row.state for row in service.tasks} == {"HEALTHY"}


def test_the_page_of_a_gateway() -> None:
    metrics = Metrics()
    metrics.in_flight = 3
    for _ in range(10):
        metrics.answered("rpc.Rpc/GetChampion", 200, Status.OK, 0.02)
        metrics.answered("/readyz", 200, Status.OK, 4.0)
    metrics.answered("rpc.Rpc/GetChampion", 503, Status.UNAVAILABLE, 0.02)
    metrics.answered("", 429, Status.RESOURCE_EXHAUSTED, None)
    metrics.rejected("body_bytes")

    found = read(metrics.text().decode(), 0.0)

    assert (found.calls, found.failed, found.refused) == (12, 1, 2)
    assert found.took.total == 11
    assert found.took.quantile(0.99) == pytest.approx(0.025, abs=0.001)
    assert found.in_flight == 2  # without the one that reads the page
    assert found.lag_s is None
    assert found.memory_bytes is not None


async def test_json_has_every_number_that_is_shown() -> None:
    fleet = fleet_of(1)
    channel = Known((Row("10.0.0.9:5000", standing="out"),))
    fleet.tasks[0].tally.channels.add(channel)
    await fleet.poll()
    fleet.tasks[0].serve(0.004, count=3)

    shown = (await fleet.after(1.0)).as_dict()

    assert shown["at"] == "2018-10-16T00:00:01.000+00:00"
    [service] = shown["services"]
    [task] = service["tasks"]
    assert (task["task"], task["state"], task["problem"]) == ("game-1", "HEALTHY", "")
    assert task["calls_per_s"] == service["total"]["calls_per_s"] == 3
    assert shown["clients"][0]["state"] == "out"
    assert shown["events"] == []
