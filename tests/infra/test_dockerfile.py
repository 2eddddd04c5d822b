"""The Dockerfile as text: linted, and what no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split("\n")


def hadolint(file: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("hadolint")
    return subprocess.run(  # noqa: S603 - our own tool
        [program, "--no-color", "--config", ROOT / ".hadolint.yaml", file],
        capture_output=True,
        text=True,
        check=False,
    )


def test_hadolint_finds_nothing() -> None:
    found = hadolint(ROOT / "Dockerfile")

    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        ('CMD ["python", "-m", "services.champion"]', "CMD python -m x", "DL3025"),
        ("WORKDIR /build", "WORKDIR build", "DL3000"),
        ("image.title=", "image.titel=", "DL3049"),
    ],
)
def test_hadolint_would_find(tmp_path: Path, good: str, bad: str, rule: str) -> None:
    assert good in DOCKERFILE
    broken = tmp_path / "Dockerfile"
    broken.write_text(DOCKERFILE.replace(good, bad))

    found = hadolint(broken)

    assert found.returncode == 1
    assert rule in found.stdout


def test_packages_are_those_of_the_lock_and_nothing_is_compiled() -> None:
    installs = re.findall(r" install (.*?)&&", DOCKERFILE, re.DOTALL)

    assert [set(re.sub(r"\\\n", " ", words).split()) for words in installs] == [
        {
            "--require-hashes",
            "--only-binary=:all:",
            "--no-cache-dir",
            "--no-compile",
            "-r",
            "requirements.lock",
        }
    ]


def test_no_line_is_for_one_architecture() -> None:
    assert not re.search(r"amd64|x86|arm64|aarch64|TARGETARCH|--platform", DOCKERFILE)


def test_both_stages_are_of_one_base_that_anybody_may_fetch() -> None:
    assert (
        re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    )
    default = re.search(r"^ARG PYTHON_IMAGE=(\S+)", DOCKERFILE, re.MULTILINE)
    assert default
    # Docker Hub turns away who asks often, without an account.
    assert default[1].startswith("public.ecr.aws/docker/library/python:")


def test_no_variable_is_taken_for_a_wrong_setting() -> None:
    run = DOCKERFILE.rpartition("FROM ")[2]
    names = re.findall(r"^(?:ENV|   ) (\w+)=", run, re.MULTILINE)

    assert "HEALTHCHECK_TARGET" in names
    assert not [n for n in names if n.startswith(("FLEET_", "CHAMPION_", "GATEWAY_"))]


def test_what_gets_in_is_named_one_by_one() -> None:
    wanted = [line for line in IGNORED if line and not line.startswith("#")]
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)

    assert wanted[0] == "*"
    assert sorted(line[1:] for line in wanted if line.startswith("!")) == sorted(copied)
    assert all((ROOT / name).exists() for name in copied)
