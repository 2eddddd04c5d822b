"""When calls are refused: by how long they waited, and by how long they have left."""

import asyncio
import contextlib
import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest

from fleet.errors import Overloaded, TooLate
from fleet.server.arrivals import Arrivals, Traffic
from fleet.server.lag import PAUSE_S, TICK_S, Lag
from fleet.server.late import ENOUGH, Late, Quick
from tests.clock import FakeClock

MOST_S = 0.2


def run(behaviour: object, left_s: float | None = None) -> bool:
    """Make one call of *behaviour* to its end; tell whether it was let in."""

    class Context:
        def time_remaining(self) -> float | None:
            return left_s

    try:
        behaviour(b"", Context()).send(None)  # type: ignore[operator]
    except StopIteration:
        return True
    except (Overloaded, TooLate):
        return False
    raise AssertionError("it waits")


class Hand:
    """Who is at work on one call, without a loop, and was never told to leave."""

    def cancelling(self) -> int:
        return 0


async def lingers(_request: bytes, _context: object) -> None:
    await asyncio.sleep(0)


async def answer(request: bytes, _context: object) -> bytes:
    return request


def test_a_call_finds_out_when_it_came() -> None:
    arrivals = Arrivals()
    arrivals.look(Traffic(came=10, open=10), 1.0)
    arrivals.look(Traffic(came=20, open=20), 2.0)

    arrivals.begun = 3
    assert arrivals.wait_s(2.5) == 1.5
    arrivals.begun = 10
    assert arrivals.wait_s(2.5) == 0.5
    arrivals.begun = 20
    assert arrivals.wait_s(2.5) == 0.0


def test_calls_that_gave_up_in_the_line_do_not_wait() -> None:
    arrivals = Arrivals()
    arrivals.begun = 4
    arrivals.look(Traffic(came=20, open=16), 1.0)
    assert arrivals.wait_s(2.0) == 1.0

    arrivals.look(Traffic(came=20, open=0), 2.0)
    assert arrivals.wait_s(3.0) == 0.0


def test_a_crowd_that_leaves_at_once_blinds_nobody() -> None:
    arrivals = Arrivals(worker=Hand)
    watched = arrivals.count(lingers)
    watches = [watched(b"", None) for _ in range(100)]
    for watch in watches:
        watch.send(None)  # type: ignore[attr-defined]  # a coroutine
    arrivals.begun = 100
    arrivals.look(Traffic(came=100, open=100), 1.0)
    arrivals.look(Traffic(came=110, open=10), 2.0)  # their methods do not know yet
    arrivals.begun = 110
    for watch in watches:
        watch.close()  # type: ignore[attr-defined]  # a coroutine
    arrivals.look(Traffic(came=110, open=0), 3.0)
    arrivals.look(Traffic(came=150, open=40), 4.0)

    assert arrivals.wait_s(5.0) == 1.0


async def test_methods_that_outlive_their_callers_blind_nobody() -> None:
    free = asyncio.Event()

    async def stubborn(_request: bytes, _context: object) -> None:
        while not free.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await free.wait()

    arrivals = Arrivals()
    kept: Any = arrivals.count(stubborn)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(kept(b"", None)) for _ in range(200)]
        await asyncio.sleep(0)  # they wait
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)  # and go on
        arrivals.begun = 200
        arrivals.look(Traffic(came=200, open=0), 1.0)
        arrivals.look(Traffic(came=260, open=60), 2.0)
        free.set()

    assert arrivals.wait_s(3.0) == 1.0


def test_answers_that_nobody_reads_are_no_line() -> None:
    arrivals = Arrivals()
    arrivals.begun = 50
    arrivals.look(Traffic(came=50, open=50), 1.0)  # handled, and not yet sent

    assert arrivals.wait_s(9.0) == 0.0


@dataclass
class Task:
    """A task in virtual time: one line, first come first served, no idle moment.

    The engine's own behaviour, as measured: a call that is begun costs *refuse_s*
    when it is refused, *serve_s* when it is let in, and nothing when its caller has
    left before.
    """

    offered: float
    serve_s: float
    refuse_s: float
    patience_s: float = 1.0
    most_s: float = MOST_S
    now: float = 0.0
    good: int = 0
    came: int = 0
    ended: int = 0
    longest: int = 0
    waits: list[float] = field(default_factory=list)
    line: "deque[float]" = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.lag = Lag(self.most_s, now=lambda: self.now)
        self.behaviour = self.lag.shed(answer)
        self.rng = random.Random(7)
        self.next_call = self.next_look = 0.0

    def run(self, until_s: float) -> None:
        while self.now < until_s:
            self._arrive()
            self._look()
            if self.line:
                self._begin(self.line.popleft())
            else:
                self.now = min(self.next_call, self.next_look)

    def _arrive(self) -> None:
        while self.next_call <= self.now:
            self.line.append(self.next_call)
            self.came += 1
            self.next_call += self.rng.expovariate(self.offered)
        while self.line and self.now - self.line[0] > self.patience_s:
            self.line.popleft()
            self.ended += 1
        self.longest = max(self.longest, len(self.line))

    def _look(self) -> None:
        if self.now >= self.next_look:
            self.next_look = self.now + TICK_S
            self.lag.arrivals.look(Traffic(self.came, self.came - self.ended), self.now)
            self.lag.observe(self.lag.arrivals.wait_s(self.now), self.now)

    def _begin(self, since: float) -> None:
        self.lag.arrivals.begun += 1
        self.ended += 1
        if run(self.behaviour):
            self.now += self.serve_s
            self.waits.append(self.now - since)
            self.good += self.now - since <= self.patience_s
        else:
            self.now += self.refuse_s


@pytest.mark.parametrize("times", [1.2, 2, 3, 5])
def test_a_task_with_too_much_to_do_stays_at_work(times: float) -> None:
    task = Task(offered=times / 0.005, serve_s=0.005, refuse_s=0.0002)
    task.run(2.0)
    task.good, task.waits = 0, []
    task.run(12.0)

    refusing = (times - 1) * 0.0002 / 0.005  # what saying no takes of its time
    assert task.good > (1 - refusing) * 10 / 0.005 * 0.97
    assert max(task.waits) < MOST_S + 2 * TICK_S
    assert task.lag.refused > 0


def test_without_the_rule_every_answer_is_late() -> None:
    task = Task(offered=400, serve_s=0.005, refuse_s=0.0002, most_s=0)
    task.run(12.0)

    assert task.lag.refused == 0
    assert sorted(task.waits)[len(task.waits) // 2] > 0.9


def test_where_refusing_costs_as_much_it_is_not_done_for_long() -> None:
    ruled, bare = (
        Task(offered=8000, serve_s=0.00025, refuse_s=0.0002, most_s=most_s)
        for most_s in (MOST_S, 0.0)
    )
    ruled.run(11.0)
    bare.run(11.0)

    assert len(ruled.waits) > 0.7 * len(bare.waits)


def test_a_burst_is_not_refused() -> None:
    task = Task(offered=100, serve_s=0.005, refuse_s=0.0002)
    task.run(5.0)
    task.line.extend([task.now] * 100)  # half a second of work
    task.came += 100
    task.run(10.0)

    assert max(task.waits) > 2 * MOST_S
    assert task.lag.refused == 0


def test_it_ends_with_the_load() -> None:
    task = Task(offered=600, serve_s=0.005, refuse_s=0.0002)
    task.run(5.0)
    task.offered = 100
    task.run(6.0)
    before = task.lag.refused
    task.run(12.0)

    assert before > 0
    assert task.lag.refused == before
    assert task.lag.arrivals.wait_s(task.now) <= MOST_S


async def test_a_late_loop_counts_as_a_wait_and_one_hiccup_does_not(
    clock: FakeClock,
) -> None:
    late_s = [1.0]

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds + (late_s.pop(0) if late_s else 0.0))

    lag = Lag(MOST_S, now=clock.now)
    shed = lag.shed(answer)
    async with lag.watching(lambda: Traffic(0, 0), sleep=sleep):
        await clock.advance(5.0)
        assert not late_s
        assert run(shed)
        late_s += [0.3] * 10
        await clock.advance(2.5)
        assert not run(shed)
        assert lag.wait_s == pytest.approx(0.3)
        await clock.advance(10.0)
        assert run(shed)


async def test_the_engine_is_asked_only_when_calls_were_begun(clock: FakeClock) -> None:
    asked = 0

    def traffic() -> Traffic:
        nonlocal asked
        asked += 1
        return Traffic(lag.arrivals.begun, 0)

    lag = Lag(MOST_S, now=clock.now)
    async with lag.watching(traffic, sleep=clock.sleep):
        await clock.advance(10.0)
        assert asked == 0
        lag.arrivals.begun += 1
        await clock.advance(10.0)

    assert asked == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_pause_ends() -> None:
    lag = Lag(MOST_S, now=lambda: now)
    shed, now = lag.shed(answer), 0.0
    lag.arrivals.look(Traffic(1000, 1000), 0.0)
    found = []
    while now < 2 * PAUSE_S:
        lag.observe(lag.arrivals.wait_s(now), now)
        found.append(run(shed))
        now += 0.1
    # A line that nobody serves: half a second of refusals, and then a pause.
    first = found.index(False)
    let_in = found.index(True, first)

    assert found.index(False, let_in) * 0.1 > PAUSE_S


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda _: 0.005, id="always-the-same"),
        pytest.param(lambda rng: rng.expovariate(100), id="exponential"),
        pytest.param(lambda rng: rng.choice((0.001, 0.5)), id="quick-or-slow"),
        pytest.param(lambda rng: rng.lognormvariate(-4, 1), id="a-long-tail"),
    ],
)
def test_at_most_one_call_of_ten_is_refused_wrongly(draw: object) -> None:
    rng, quick = random.Random(3), Quick()
    for _ in range(500):
        quick.observe(draw(rng))  # type: ignore[operator]
    wrong = 0
    for _ in range(5000):
        took_s: float = draw(rng)  # type: ignore[operator]
        wrong += not quick.worth(took_s)  # it has just the time that it needs
        quick.observe(took_s)

    assert wrong / 5000 < 0.1


def test_the_first_calls_are_never_refused_and_those_whose_time_is_up_always() -> None:
    quick = Quick()
    for _ in range(ENOUGH - 1):
        assert quick.worth(1e-9) == 1
        quick.observe(1.0)
    quick.observe(1.0)

    assert not quick.worth(0.5)
    assert not Quick().worth(0.0)
    assert not Quick().worth(-1.0)
    assert quick.worth(math.inf) == 1


def test_a_method_that_has_become_quick_is_found_out() -> None:
    late = Late()
    now_s = 0.0
    took_s = 0.2

    async def works(request: bytes, _context: object) -> bytes:
        nonlocal now_s
        now_s += took_s
        return request

    checked = late(works, timed=True, now=lambda: now_s)
    for _ in range(ENOUGH):
        assert run(checked, 5.0)
    assert not run(checked, 0.1)
    took_s = 0.01
    let_in = [run(checked, 0.1) for _ in range(400)]

    assert all(let_in[-100:])


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_quick_calls_among_slow_ones_are_found_out_too(share: float) -> None:
    rng, late = random.Random(1), Late()
    now_s = took_s = 0.0

    async def works(request: bytes, _context: object) -> bytes:
        nonlocal now_s
        now_s += took_s
        return request

    checked = late(works, timed=True, now=lambda: now_s)
    took_s = 1.0
    assert all(run(checked, 5.0) for _ in range(900))
    let_in = []
    for _ in range(5000):
        quick = rng.random() < share
        took_s = 0.005 if quick else 1.0
        went = run(checked, 0.1 if quick else 5.0)
        if quick:
            let_in.append(went)

    last = let_in[len(let_in) // 2 :]
    assert sum(last) > 0.97 * len(last)


def test_how_long_a_stream_lasts_says_nothing() -> None:
    late = Late()
    now_s = 0.0

    async def lasts(_request: bytes, _context: object) -> None:
        nonlocal now_s
        now_s += 60.0

    checked = late(lasts, timed=False, now=lambda: now_s)
    assert all(run(checked, 0.5) for _ in range(2 * ENOUGH))
    assert not run(checked, -0.1)
    assert late.refused == 1
