"""The command: its words, its table, and what counts as a loss."""

import json
from pathlib import Path

import pytest

from infra.rollout.__main__ import main
from infra.rollout.load import Loads, Tally
from infra.rollout.play import Outcome
from infra.rollout.report import as_json, table
from infra.rollout.scenarios import SCENARIOS, Scenario

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
_LOST = [(2.5, "UNAVAILABLE"), (3.25, "UNAVAILABLE"), (9.0, "CANCELLED")]


def _outcome(
    loads: Loads, name: str = "deploy", *, kills: int = 0, trips: int = 0
) -> Outcome:
    scenario: Scenario = _BY_NAME[name]
    return Outcome(scenario, loads, 12.3, kills, trips)


def test_a_missing_folder_is_answered_with_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--templates", str(tmp_path)]) == 2
    assert "run `make synth` first" in capsys.readouterr().err


def test_an_unknown_environment_is_answered_with_the_known(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--templates", str(synthesized), "--environment", "nope"]) == 2
    assert "no environment 'nope': dev, prod, staging" in capsys.readouterr().err


def test_an_unknown_scenario_is_answered_with_the_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--scenario", "nope"])
    assert ended.value.code == 2
    assert "zone-gone" in capsys.readouterr().err


def test_names_of_scenarios_are_unique() -> None:
    assert len(_BY_NAME) == len(SCENARIOS)


@pytest.mark.parametrize("way", ["safe", "unsafe", "gateway"])
def test_a_call_of_ours_that_failed_is_a_problem(way: str) -> None:
    loads = Loads()
    setattr(loads, way, Tally(97, _LOST))

    [problem] = _outcome(loads).problems()

    assert "3 of 100" in problem
    assert "2 UNAVAILABLE, 1 CANCELLED, 2.5 to 9.0 s" in problem


def test_calls_of_grpcs_own_round_robin_are_no_problem_of_ours() -> None:
    assert _outcome(Loads(peer=Tally(1, _LOST))).problems() == []


def test_a_task_that_ends_without_a_goodbye_excuses_unsafe_calls_only() -> None:
    assert _outcome(Loads(unsafe=Tally(1, _LOST)), "zone-gone").problems() == []
    assert _outcome(Loads(safe=Tally(1, _LOST)), "zone-gone").problems()


def test_a_sigkill_is_a_problem() -> None:
    assert "2 tasks" in _outcome(Loads(), kills=2).problems()[0]


@pytest.mark.parametrize(("name", "trips"), [("deploy", 1), ("exits", 0), ("exits", 2)])
def test_a_breaker_that_trips_when_it_should_not_is_a_problem(
    name: str, trips: int
) -> None:
    [problem] = _outcome(Loads(), name, trips=trips).problems()
    assert f"tripped {trips} times" in problem


def test_the_table_and_the_json_tell_the_same() -> None:
    outcome = _outcome(Loads(safe=Tally(100), peer=Tally(97, _LOST)), "exits", trips=1)

    head, row = table([outcome])
    [told] = json.loads(as_json([outcome]))

    assert head.split()[0] == "SCENARIO"
    assert "0 of 100" in row
    assert "3 of 100" in row
    assert row.endswith("tripped")
    assert told["calls"]["grpc"]["failures"][0] == {
        "at_s": 2.5,
        "status": "UNAVAILABLE",
    }
    assert told["breaker_tripped"] == 1
