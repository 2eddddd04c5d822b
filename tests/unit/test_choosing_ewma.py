"""Peak-EWMA among simulated tasks of one worker and a queue each, in virtual time."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.policy import LeastLoadedOfTwo, Policy, RoundRobin
from fleet.client.choosing.speed import Speed, Typical

TASKS = 10
MEAN_S = 0.01
SICK_S = (10.0, 20.0)
"""When one task is eight times slower than the others, where a test says so."""

Duration = Callable[[random.Random], float]


def exponential(rng: random.Random) -> float:
    return rng.expovariate(1 / MEAN_S)


def steady(rng: random.Random) -> float:
    return MEAN_S * rng.uniform(0.7, 1.3)


def hiccup(rng: random.Random) -> float:
    return steady(rng) * (50 if rng.random() < 0.01 else 1)


def two_methods(rng: random.Random) -> float:
    return 0.001 if rng.random() < 0.5 else 0.019


@dataclass(eq=False)
class Task:
    """One client's view of a task, with the queue itself."""

    number: int
    in_flight: int = 0
    streams: int = 0
    weight: float = 1.0
    speed: Speed = field(default_factory=lambda: Speed(5))
    free_at: float = 0.0
    sick: bool = False


@dataclass(frozen=True)
class Call:
    """What became of one call."""

    began: float
    took_s: float
    task: int


class Clock:
    """Virtual time."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def simulate(  # noqa: PLR0913 - a load has so many sides
    make: Callable[[random.Random, Clock], Policy],
    load: float,
    duration: Duration,
    *,
    until_s: float = 30.0,
    sick: bool = False,
    methods: bool = False,
) -> list[Call]:
    """Offer *load* of what ten tasks can do; the first may be *sick* for a while."""
    rng, clock = random.Random(7), Clock()
    done: list[Call] = []
    tasks = [Task(number) for number in range(TASKS)]
    tasks[0].sick = sick
    policy, order = make(rng, clock), itertools.count()
    typicals: dict[object, Typical] = {}
    ends: list[tuple[float, int, Task, float, object]] = []
    while True:
        clock.now += rng.expovariate(load * TASKS / MEAN_S)
        if clock.now > until_s:
            return done
        while ends and ends[0][0] <= clock.now:
            end, _, task, took_s, method = heapq.heappop(ends)
            task.in_flight -= 1
            typical = typicals.setdefault(method, Typical())
            task.speed.observe(typical.relative(took_s), end)
        task, works_s = policy.pick(tasks), duration(rng)
        method = works_s if methods else None
        if task.sick and SICK_S[0] <= clock.now < SICK_S[1]:
            works_s *= 8
        task.free_at = max(task.free_at, clock.now) + works_s
        took_s = task.free_at - clock.now
        task.in_flight += 1
        heapq.heappush(ends, (task.free_at, next(order), task, took_s, method))
        done.append(Call(clock.now, took_s, task.number))


def ewma(rng: random.Random, clock: Clock) -> Policy:
    return PeakEwma(rng=rng, clock=clock)


def in_turn(rng: random.Random, _: Clock) -> Policy:
    return RoundRobin(rng)


def least(rng: random.Random, _: Clock) -> Policy:
    return LeastLoadedOfTwo(rng)


def p99(calls: list[Call]) -> float:
    return sorted(call.took_s for call in calls)[len(calls) * 99 // 100]


def least_share(calls: list[Call], window_s: int = 5) -> float:
    """Return the least that any task got in any window, as a share of the mean."""
    shares = []
    for start in range(30 - window_s + 1):
        counts = Counter(
            call.task for call in calls if start <= call.began < start + window_s
        )
        mean = sum(counts.values()) / TASKS
        shares += [counts[task] / mean for task in range(TASKS)]
    return min(shares)


def while_sick(calls: list[Call]) -> list[Call]:
    return [call for call in calls if SICK_S[0] <= call.began < SICK_S[1]]


def sick_share(calls: list[Call]) -> float:
    """Return the share of these calls that the sick task got."""
    return sum(call.task == 0 for call in calls) / len(calls)


def test_one_slow_task_of_ten_at_70_percent_costs_little() -> None:
    turn = simulate(in_turn, 0.7, exponential, sick=True)
    quick = simulate(ewma, 0.7, exponential, sick=True)
    assert p99(quick) < p99(turn) / 5
    assert p99(while_sick(quick)) < 0.15


def test_at_low_load_latency_shows_what_calls_in_flight_do_not() -> None:
    by_load = while_sick(simulate(least, 0.1, steady, sick=True))
    by_latency = while_sick(simulate(ewma, 0.1, steady, sick=True))
    assert sick_share(by_load) > 0.04
    assert sick_share(by_latency) < 0.02


def test_a_cured_task_gets_its_share_again() -> None:
    calls = simulate(ewma, 0.1, steady, sick=True)
    after = [call for call in calls if call.began > SICK_S[1] + 6]
    assert sick_share(after) > 0.08


@pytest.mark.parametrize(
    ("duration", "methods"),
    [
        pytest.param(steady, False, id="steady"),
        pytest.param(exponential, False, id="exponential"),
        pytest.param(hiccup, False, id="one-of-100-takes-50-times-as-long"),
        pytest.param(two_methods, True, id="a-quick-and-a-slow-method"),
    ],
)
def test_equal_tasks_have_half_of_their_share_in_any_five_seconds(
    duration: Duration, *, methods: bool
) -> None:
    assert least_share(simulate(ewma, 0.1, duration, methods=methods)) > 0.5


def slow(in_flight: int, at: float) -> Task:
    task = Task(0, in_flight)
    for _ in range(200):
        at += 0.1
        task.speed.observe(8, at - 20)
    return task


def test_a_slow_task_is_tried_again_with_one_call_at_a_time() -> None:
    policy = PeakEwma()
    assert policy.cost(slow(0, 100), 101) > 5
    assert policy.cost(slow(0, 100), 110) == 1
    assert policy.cost(slow(1, 100), 110) == pytest.approx(16, rel=0.01)


def test_what_is_slow_within_the_tolerance_counts_by_its_calls_alone() -> None:
    task = slow(3, 100)
    assert PeakEwma(tolerance=7).cost(task, 101) > 4
    assert PeakEwma(tolerance=9).cost(task, 101) == 4


@pytest.mark.parametrize("tolerance", [0.9, 65, float("nan")])
def test_a_tolerance_that_cannot_work_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        PeakEwma(tolerance=tolerance)
