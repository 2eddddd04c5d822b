"""fleet.toml: what is read, and every mistake at once."""

import json
from pathlib import Path

import pytest

from fleet.errors import BadConfig
from fleet.local.plan import read_plan

GOOD = '[services.game]\ncommand = ["python", "-m", "x"]\nport = 5000\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text)
    return path


def test_reads_a_service_with_its_defaults(tmp_path: Path) -> None:
    [plan] = read_plan(write(tmp_path, GOOD))

    assert (plan.name, plan.command) == ("game", ("python", "-m", "x"))
    assert (plan.port, plan.tasks, plan.env, plan.store) == (5000, 1, {}, "")
    assert (plan.examples, plan.hints) == ((), ())
    assert (plan.probe, plan.targets) == ("grpc", {})
    assert plan.folder == tmp_path


def test_the_file_of_the_project_is_good() -> None:
    game, door = read_plan(Path(__file__).parents[2] / "fleet.toml")

    assert (game.name, game.port, game.tasks) == ("game-server", 5000, 3)
    assert (game.store, game.probe) == ("CHAMPION_STORE", "grpc")
    assert all(json.loads(body) for _, body in game.examples)
    assert (door.name, door.port, door.tasks) == ("gateway", 8080, 1)
    assert (door.store, door.probe) == ("GATEWAY_STORE", "http")
    assert door.targets == {"GATEWAY_TARGETS": ("game-server",)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "declares no", id="empty"),
        pytest.param("[services.a\n", "at line", id="not-toml"),
        pytest.param("\xff", "at line", id="not-toml-either"),
        pytest.param("services = 3", "services is not a table", id="no-table"),
        pytest.param("[services]\na = 3", "a is not a table", id="no-table-inside"),
        pytest.param(GOOD + "prot = 1", "prot is not a setting", id="unknown"),
        pytest.param(GOOD + "task = 1", "did you mean tasks?", id="near-miss"),
        pytest.param(GOOD + "tasks = 101", "number of 0 to 100", id="many-tasks"),
        pytest.param(GOOD + "tasks = true", "number of 0 to 100", id="true-is-no-1"),
        pytest.param(GOOD + "[services.G_1]", "not a DNS label", id="label"),
        pytest.param(GOOD + "env = {A = 1}", "env.A = 1: not a string", id="env"),
        pytest.param(
            GOOD + 'env = {FLEET_LISTEN = "x"}', "set by the fleet", id="our-variable"
        ),
        pytest.param(GOOD + 'examples = [["a"]]', "[METHOD, JSON]", id="example"),
        pytest.param(GOOD + 'examples = ["a"]', 'like [["a", "b"]]', id="examples"),
        pytest.param(GOOD + "hints = [1]", "not a list", id="hints"),
        pytest.param(GOOD + "store = 1", "is not a string", id="store"),
        pytest.param(GOOD + 'store = "A B"', "name of a variable", id="store-name"),
        pytest.param(GOOD + 'store = ""', "name of a variable", id="store-empty"),
        pytest.param(
            GOOD + 'store = "FLEET_STORE"', "for the fleet itself", id="our-store"
        ),
        pytest.param(
            GOOD + 'store = "A"\nenv = {A = "x"}',
            "set in env as well",
            id="store-twice",
        ),
        pytest.param(GOOD + 'probe = "tcp"', "not one of grpc, http", id="probe"),
        pytest.param(GOOD + 'targets = "game"', "not a table", id="targets"),
        pytest.param(GOOD + 'targets = {T = "game"}', "not a list", id="target"),
        pytest.param(GOOD + "targets = {T = []}", "not a list", id="no-targets"),
        pytest.param(
            GOOD + 'targets = {T = ["gam"]}', "did you mean 'game'?", id="target-near"
        ),
        pytest.param(
            GOOD + 'targets = {"A B" = ["game"]}', "name of a variable", id="target-var"
        ),
        pytest.param(
            GOOD + 'targets = {FLEET_X = ["game"]}',
            "for the fleet itself",
            id="target-ours",
        ),
        pytest.param(
            GOOD + 'store = "A"\ntargets = {A = ["game"]}',
            "set in env or store",
            id="target-twice",
        ),
        pytest.param("[services.a]\nport = 1", "command = None", id="no-command"),
        pytest.param(
            '[services.a]\nport = 1\ncommand = "x"', 'list like ["a"', id="one-string"
        ),
    ],
)
def test_tells_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(BadConfig) as caught:
        read_plan(write(tmp_path, text))

    assert problem in str(caught.value)


def test_tells_every_mistake_at_once(tmp_path: Path) -> None:
    text = "[services.a]\nport = 0\ncommand = []\ntasks = -1\nx = 1\nstore = '-'\n"
    with pytest.raises(BadConfig) as caught:
        read_plan(write(tmp_path, text))

    assert len(caught.value.problems) == 5


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="--file"):
        read_plan(tmp_path / "none.toml")
