"""Many runs at a time, one for each processor."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.simulator.outcome import Outcome
from benchmarks.simulator.run import simulate
from benchmarks.simulator.scenario import Scenario
from benchmarks.simulator.scenarios import SCENARIOS
from benchmarks.simulator.strategy import EVERYWHERE, STRATEGIES

Runs = tuple[Scenario, list[Outcome]]


def play(scenarios: Sequence[Scenario]) -> Iterator[Runs]:
    """Play each of *scenarios* to each of its strategies; yield in order."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = [
            (one, [pool.submit(_run, one.name, name) for name in _names(one)])
            for one in scenarios
        ]
        for scenario, runs in waiting:
            yield scenario, [run.result() for run in runs]


def _names(scenario: Scenario) -> list[str]:
    return [*(one.name for one in EVERYWHERE), *scenario.also]


def _run(scenario: str, strategy: str) -> Outcome:
    """Run what is named: strategies hold functions, which do not travel."""
    return simulate(SCENARIOS[scenario], STRATEGIES[strategy])
