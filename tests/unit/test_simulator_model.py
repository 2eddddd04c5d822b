"""The simulator's model: queues, time, and what is the same from run to run."""

import dataclasses
import random

import pytest

from benchmarks.simulator import simulate
from benchmarks.simulator.events import Events
from benchmarks.simulator.faults import Deploy, FailFast, Lost, Slow
from benchmarks.simulator.methods import Method
from benchmarks.simulator.rivals import LeastOfAll, TowerPeakEwma
from benchmarks.simulator.scenario import Scenario
from benchmarks.simulator.scenarios import DEAF, HOLE, SLOW, TWICE, ZONE
from benchmarks.simulator.strategy import DEFAULT, FLEET, STRATEGIES, ZONED
from benchmarks.simulator.task import RTT_S, Terms
from fleet.client.choosing.ewma import PeakEwma

RANDOM, ROUND_ROBIN = STRATEGIES["random"], STRATEGIES["round robin"]
BRIEF = Scenario(name="brief", title="one task", tasks=1, load=0.5, duration_s=5)


def shorter(scenario: Scenario, **changes: object) -> Scenario:
    return dataclasses.replace(scenario, **changes)  # type: ignore[arg-type] # of any field


def test_what_is_due_happens_in_order_and_what_is_due_together_in_turn() -> None:
    events, seen = Events(), list[str]()
    for when, what in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (3.0, "never")):
        events.at(when, seen.append, what)

    events.run(until=2.5)

    assert seen == ["a", "b", "c"]
    assert events.now == 2.5


def test_the_same_seed_gives_the_same_outcome_and_another_seed_another() -> None:
    brief = shorter(SLOW, duration_s=3)

    assert simulate(brief, FLEET) == simulate(brief, FLEET)
    assert simulate(shorter(brief, seed=2), FLEET) != simulate(brief, FLEET)


def test_every_strategy_gets_the_same_calls() -> None:
    brief = shorter(SLOW, duration_s=1)

    counts = {simulate(brief, one).calls for one in STRATEGIES.values()}

    assert len(counts) == 1


def test_one_task_is_the_queue_of_the_textbook() -> None:
    """M/M/1: the time in the system is exponential, its mean 1 / (mu - lambda)."""
    scenario = shorter(BRIEF, duration_s=150)

    got = simulate(scenario, RANDOM)

    mean_ms = 1000 / (100 - 50)
    assert got.p50_ms == pytest.approx(0.693 * mean_ms + 1000 * RTT_S, rel=0.1)
    assert got.p99_ms == pytest.approx(4.605 * mean_ms + 1000 * RTT_S, rel=0.2)


def test_a_call_of_fixed_length_on_an_idle_task_takes_just_that() -> None:
    method = Method(mean_s=0.02, spread="fixed")
    got = simulate(shorter(BRIEF, methods=(method,), load=0.001, duration_s=60), RANDOM)

    assert got.calls
    assert got.p50_ms == got.p99_ms == pytest.approx(20 + 1000 * RTT_S)


def test_an_overloaded_task_answers_as_much_as_it_can_and_fails_the_rest() -> None:
    scenario = shorter(TWICE, duration_s=3)

    got = simulate(scenario, ROUND_ROBIN)

    assert got.goodput == pytest.approx(1.0, abs=0.15)
    assert got.failed == pytest.approx(0.5, abs=0.1)


def test_a_task_that_serves_what_nobody_waits_for_answers_little() -> None:
    got = simulate(shorter(DEAF, duration_s=5), ROUND_ROBIN)

    assert got.goodput < 0.6


def test_a_task_that_is_full_refuses_and_nothing_is_lost_count_of() -> None:
    full = shorter(BRIEF, load=3, terms=Terms(accepts=2), timeout_s=1)

    got = simulate(full, ROUND_ROBIN)

    assert got.retries
    assert 0.4 < got.failed < 0.9


def test_a_lost_zone_costs_no_safe_call() -> None:
    lost = (Lost(zone="a", at_s=2, until_s=4),)
    scenario = shorter(ZONE, faults=lost, duration_s=6, safe_share=1.0)

    got = simulate(scenario, ZONED)

    assert got.failed == 0
    assert max(point.far for point in got.points[2:4]) > 0.25
    assert got.points[1].far < 0.1


def test_a_deploy_replaces_every_task_and_loses_no_call() -> None:
    deploy = (Deploy(at_s=1, within_s=1, calls=5, factor=2),)
    scenario = shorter(SLOW, faults=deploy, load=0.3, duration_s=4, tasks=4)

    assert simulate(scenario, FLEET).failed == 0


def test_ejection_keeps_calls_off_a_task_that_fails_at_once() -> None:
    bare = dataclasses.replace(FLEET, ejection=None)
    fault = (FailFast(task=3, at_s=1, until_s=4),)
    brief = shorter(HOLE, faults=fault, duration_s=4)

    ours, without = simulate(brief, FLEET), simulate(brief, bare)

    assert ours.ejections
    assert ours.failed < without.failed / 5


def test_the_default_is_at_most_a_fifth_of_round_robin_with_one_slow_task() -> None:
    fault = (Slow(task=3, factor=8, at_s=2, until_s=5),)
    brief = shorter(SLOW, faults=fault, duration_s=6)

    ours, theirs = simulate(brief, FLEET), simulate(brief, ROUND_ROBIN)

    assert ours.worst_ms <= theirs.worst_ms / 5


def test_the_strategy_fleet_is_what_a_channel_does_by_default() -> None:
    assert isinstance(DEFAULT.policy(), PeakEwma)
    assert (FLEET.ejection, FLEET.limit) == (DEFAULT.ejection, DEFAULT.limit)
    assert (FLEET.slow_start, FLEET.hedge) == (DEFAULT.slow_start, DEFAULT.hedge)


@dataclasses.dataclass(slots=True, eq=False)
class Fake:
    """A peer of which only the load matters."""

    in_flight: int = 0


def test_least_of_all_takes_any_of_those_with_fewest() -> None:
    peers = [Fake(2), Fake(1), Fake(1)]
    policy = LeastOfAll(random.Random(1))

    picked = {peers.index(policy.pick(peers)) for _ in range(50)}

    assert picked == {1, 2}


def test_tower_prefers_what_was_quicker_until_it_is_loaded() -> None:
    events, quick, slow = Events(), Fake(), Fake()
    policy = TowerPeakEwma(random.Random(1), events.clock)
    for peer in (quick, slow):
        policy.pick([peer])
    events.now = 100.0
    policy.ended(quick, 0.01, well=True)
    policy.ended(slow, 0.1, well=True)

    assert {policy.pick([quick, slow]) is quick for _ in range(20)} == {True}
    quick.in_flight = 20
    assert policy.pick([quick, slow]) is slow
