"""The policies as pure choices."""

import functools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.policy import LeastLoadedOfTwo, Policy, RoundRobin
from fleet.client.choosing.speed import Speed


@dataclass(eq=False)
class Task:
    """A peer as a policy sees it."""

    name: str
    in_flight: int = 0
    streams: int = 0
    weight: float = 1.0
    speed: Speed = field(default_factory=lambda: Speed(5))


def picks(policy: Policy, tasks: list[Task], count: int) -> Counter[str]:
    return Counter(policy.pick(tasks).name for _ in range(count))


@pytest.mark.parametrize("policy", [RoundRobin(), LeastLoadedOfTwo(), PeakEwma()])
def test_the_only_peer_is_picked(policy: Policy) -> None:
    assert picks(policy, [Task("a")], 10) == {"a": 10}


def test_round_robin_gives_each_peer_its_turn() -> None:
    tasks = [Task("a"), Task("b"), Task("c")]
    assert picks(RoundRobin(), tasks, 300) == {"a": 100, "b": 100, "c": 100}


def test_round_robins_do_not_all_start_with_the_same_peer() -> None:
    tasks = [Task("a"), Task("b"), Task("c")]
    starts = {RoundRobin(random.Random(n)).pick(tasks).name for n in range(50)}
    assert starts == {"a", "b", "c"}


@pytest.mark.parametrize(
    "policy", [LeastLoadedOfTwo, functools.partial(PeakEwma, scan=1)]
)
def test_two_choices_spread_evenly_when_all_are_idle(
    policy: Callable[..., Policy],
) -> None:
    tasks = [Task(name) for name in "abcd"]
    counts = picks(policy(rng=random.Random(7)), tasks, 4000)
    assert all(900 < counts[task.name] < 1100 for task in tasks)


@pytest.mark.parametrize(
    "policy", [LeastLoadedOfTwo, functools.partial(PeakEwma, scan=1)]
)
def test_two_choices_never_take_the_most_loaded(policy: Callable[..., Policy]) -> None:
    tasks = [Task("a", 1), Task("b", 2), Task("c", 9)]
    counts = picks(policy(rng=random.Random(7)), tasks, 1000)
    assert counts["c"] == 0
    assert counts["a"] > counts["b"] > 0
