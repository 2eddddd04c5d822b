"""The command: its words, its table, and what counts as a loss."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.errors import BadConfig, NeverHealthy
from infra.rollout.__main__ import Show, main
from infra.rollout.load import Loads, Tally
from infra.rollout.plan import ServicePlan
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


def _tally(ok: int, failures: list[tuple[float, str]] | None = None) -> Tally:
    lost = failures or []
    return Tally(ok, lost, started=ok + len(lost))


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
    setattr(loads, way, _tally(97, _LOST))

    [problem] = _outcome(loads).problems()

    assert "3 of 100" in problem
    assert "2 UNAVAILABLE, 1 CANCELLED, 2.5 to 9.0 s" in problem


@pytest.mark.parametrize("way", ["safe", "unsafe", "gateway", "peer"])
@pytest.mark.parametrize("name", ["deploy", "zone-gone"])
def test_a_call_that_began_and_was_never_counted_is_a_problem(
    way: str, name: str
) -> None:
    loads = Loads()
    setattr(loads, way, Tally(15, started=30))

    [problem] = _outcome(loads, name).problems()

    assert problem.startswith("30 ")
    assert problem.endswith("were begun, and 15 counted")


def test_calls_of_grpcs_own_round_robin_are_no_problem_of_ours() -> None:
    assert _outcome(Loads(peer=_tally(1, _LOST))).problems() == []


def test_a_task_that_ends_without_a_goodbye_excuses_unsafe_calls_only() -> None:
    assert _outcome(Loads(unsafe=_tally(1, _LOST)), "zone-gone").problems() == []
    assert _outcome(Loads(safe=_tally(1, _LOST)), "zone-gone").problems()


def test_a_sigkill_is_a_problem() -> None:
    assert "2 tasks" in _outcome(Loads(), kills=2).problems()[0]


@pytest.mark.parametrize(("name", "trips"), [("deploy", 1), ("exits", 0), ("exits", 2)])
def test_a_breaker_that_trips_when_it_should_not_is_a_problem(
    name: str, trips: int
) -> None:
    [problem] = _outcome(Loads(), name, trips=trips).problems()
    assert f"tripped {trips} times" in problem


def test_the_table_and_the_json_tell_the_same() -> None:
    outcome = _outcome(
        Loads(safe=_tally(100), peer=_tally(97, _LOST)), "exits", trips=1
    )

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


def _ends_with(error: BaseException | None, *, lost: bool = False) -> Show:
    """Return a play of which one scenario was finished when *error* ended it."""

    def show(
        _servers: ServicePlan,
        _gateway: ServicePlan,
        _wanted: Sequence[Scenario],
        outcomes: list[Outcome],
    ) -> None:
        safe = _tally(97, _LOST if lost else [])
        outcomes.append(_outcome(Loads(safe=safe)))
        if error is not None:
            raise error

    return show


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError("it did not end"), 2),
        (OSError("no such program"), 2),
        (RuntimeError("the first call"), 2),
        (BadConfig("this machine", ["one address"]), 2),
        (NeverHealthy("gateway", 9, "its last words"), 2),
        (KeyboardInterrupt(), 130),
        (None, 1),
    ],
)
def test_whatever_ends_it_the_finished_scenarios_are_told_and_why_it_ended(
    synthesized: Path,
    capsys: pytest.CaptureFixture[str],
    error: BaseException | None,
    code: int,
) -> None:
    show = _ends_with(error, lost=True)

    assert main(["--templates", str(synthesized)], show=show) == code

    told = capsys.readouterr()
    assert "3 of 100" in told.out
    assert "rollout: deploy as the template says: 3 of 100 safe calls" in told.err
    if error is not None:
        assert told.err.endswith(f"rollout: {str(error) or 'interrupted'}\n")


def test_an_error_without_words_is_told_by_its_name(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = _ends_with(ConnectionResetError())
    assert main(["--templates", str(synthesized)], show=show) == 2
    assert capsys.readouterr().err == "rollout: ConnectionResetError\n"


def test_a_bug_of_ours_keeps_its_trace_and_the_finished_scenarios(
    synthesized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError):
        main(["--templates", str(synthesized)], show=_ends_with(ZeroDivisionError()))
    assert "0 of 97" in capsys.readouterr().out


def test_nothing_lost_is_0(synthesized: Path) -> None:
    assert main(["--templates", str(synthesized)], show=_ends_with(None)) == 0


async def test_ctrl_c_ends_the_real_play_without_a_trace(synthesized: Path) -> None:
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.rollout", "--templates", str(synthesized)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert command.stderr is not None
    try:
        # Its first words: game servers and gateways are running.
        assert b"revision 1 is COMPLETED" in await command.stderr.readline()
        command.send_signal(signal.SIGINT)
        out, rest = await asyncio.wait_for(command.communicate(), 30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            command.kill()
        await command.wait()

    assert (command.returncode, out) == (130, b"")
    assert rest.splitlines()[-1] == b"rollout: interrupted"
    assert b"Traceback" not in rest
