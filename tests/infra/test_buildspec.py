"""The pipeline's commands are targets of make, and nothing else."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "buildspec.yml"
DEPLOY = ROOT / "infra" / "buildspecs" / "deploy.yml"
PHASES = {"install", "pre_build", "build", "post_build"}
TARGET = re.compile(r"make (?:--silent )?([a-z-]+)((?: [A-Z]+=[A-Za-z$]+)*)")
KEPT = re.compile(r"IMAGE=\$\((.*)\)")
"""The one thing that make cannot do: tell its answer to CodeBuild."""


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def commands(file: Path) -> list[str]:
    phases = read(file)["phases"]
    return [line for phase in phases.values() for line in phase.get("commands", [])]


def target(command: str) -> str:
    """Return the target of *command*, with its variables.

    Raises:
        ValueError: It is more than a call of make.
    """
    kept = KEPT.fullmatch(command)
    if not (made := TARGET.fullmatch(kept[1] if kept else command)):
        raise ValueError(command)
    return made[1] + made[2]


ALL = [(file, line) for file in (BUILD, DEPLOY) for line in commands(file)]


@pytest.mark.parametrize(("file", "command"), ALL)
def test_each_command_is_a_target_that_exists(file: Path, command: str) -> None:
    words = target(command).replace("$ENVIRONMENT", "dev").replace("$IMAGE", "x")
    # -o: what it needs to be there is not made for a question.
    make = ["make", "-n", "-o", ".venv/dev", "-o", "infra/cdk/node_modules"]
    asked = subprocess.run(  # noqa: S603 - words that were just checked
        [*make, *words.split(), "REPOSITORY=x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 0, f"{file.name}: {asked.stderr}"
    assert asked.stdout.strip()


@pytest.mark.parametrize(
    "command",
    [
        "make check && make test",
        "if true; then make check; fi",
        "make test | tee log",
        "make test; true",
        "pip install x",
        "IMAGE=$(cat file)",
        "make check || true",
    ],
)
def test_logic_would_be_found(command: str) -> None:
    with pytest.raises(ValueError, match=re.escape(command)):
        target(command)


@pytest.mark.parametrize("file", [BUILD, DEPLOY])
def test_versions_are_said(file: Path) -> None:
    spec = read(file)

    assert spec["version"] == 0.2
    assert set(spec["phases"]) <= PHASES
    assert spec["phases"]["install"]["runtime-versions"]["python"] == "3.13"


def test_what_is_tested_is_what_is_pushed() -> None:
    order = [target(line).split()[0] for line in commands(BUILD)]

    assert order == ["check", "test", "synth", "image", "push"]


def test_the_image_is_told_to_the_next_stage() -> None:
    env = read(BUILD)["env"]

    assert env["exported-variables"] == ["IMAGE"]
    assert "IMAGE" in env["variables"]  # a shell exports what it was given
    assert commands(BUILD)[-1] == "IMAGE=$(make --silent push)"


def test_the_reports_are_where_the_tests_write_them() -> None:
    reports = read(BUILD)["reports"]
    makefile = (ROOT / "Makefile").read_text()

    assert {r["file-format"] for r in reports.values()} == {"JUNITXML", "COBERTURAXML"}
    assert "make test REPORTS=reports" in commands(BUILD)
    for report in reports.values():
        assert report["base-directory"] == "reports"
        assert f"$(REPORTS)/{report['files']}" in makefile


def test_what_is_handed_over_exists() -> None:
    handed = read(BUILD)["artifacts"]["files"]
    made = {"build/cdk.out/**/*"}

    assert made <= set(handed)
    for pattern in set(handed) - made:
        assert next(ROOT.glob(pattern.removesuffix("/**/*")), None), pattern
