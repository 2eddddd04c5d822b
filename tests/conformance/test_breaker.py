"""What gobreaker itself answered, step by step, asked of our breaker.

Each line of `gobreaker.jsonl` is one life of a `TwoStepCircuitBreaker` of
github.com/sony/gobreaker 1.0.0, run in the virtual time of Go's testing/synctest:
the settings, then [time, what was done, which call, the error, the state after it,
the five counts after it]. Ten lives were written for their corners, the others are
random. A millisecond there is a second here, so that all times are exact.
"""

import json
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest

from fleet.client.leaving.breaker import Breaker, BreakerConfig
from fleet.client.leaving.standing import Standing
from fleet.errors import FleetError

LIVES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("gobreaker.jsonl").read_text().splitlines()
]
STATES = {Standing.IN: "closed", Standing.TRIAL: "half-open", Standing.OUT: "open"}


def config_of(life: dict[str, Any]) -> BreakerConfig:
    return BreakerConfig(
        consecutive_failures=life["consecutive_failures"],
        open_s=life["open_ms"],
        interval_s=life["interval_ms"],
        half_open_calls=life["half_open_calls"],
    )


def counts_of(breaker: Breaker) -> tuple[int, int, int]:
    counts = breaker.counts
    return counts.begun, counts.good_in_a_row, counts.bad_in_a_row


def done(
    breaker: Breaker, calls: dict[int, int], now: float, what: str, call: int
) -> str:
    """Do one step; return the text of its error."""
    try:
        if what == "begin":
            calls[call] = breaker.begin(now)
        elif what != "look":
            breaker.end(calls[call], now, success=what == "good")
    except FleetError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life["name"].replace(" ", "-"))
def test_answers_as_gobreaker_does(life: dict[str, Any]) -> None:
    breaker, calls = Breaker(config_of(life), lambda: 0.0), dict[int, int]()
    for number, (now, what, call, error, state, counts) in enumerate(life["steps"]):
        step = f"step {number}, {what} {call} at {now} ms"
        assert done(breaker, calls, now, what, call) == error, step
        assert STATES[breaker.standing(now)] == state, step
        assert counts_of(breaker) == (counts[0], counts[3], counts[4]), step


def test_the_lives_reach_every_change_of_state() -> None:
    changes = {
        (before, after)
        for life in LIVES
        for before, after in pairs([step[4] for step in life["steps"]])
    }
    assert changes == {
        ("closed", "open"),
        ("open", "half-open"),
        ("half-open", "closed"),
        ("half-open", "open"),
    }


def pairs(states: list[str]) -> list[tuple[str, str]]:
    distinct = [state for state, _ in groupby(states)]
    return list(pairwise(distinct))
