"""Every package of the image comes compiled, for both kinds of machine.

uv asks the package index what there is, and downloads nothing.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow  # it needs the package index


def plan(
    folder: Path, machine: str, python: str = "3.13"
) -> subprocess.CompletedProcess[str]:
    """Ask what would be installed on glibc 2.28, older than any base we would use."""
    uv = Path(sys.executable).with_name("uv")
    options = ["--dry-run", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    where = [f"--target={folder}", f"--python-platform={machine}-manylinux_2_28"]
    lock = [f"--python-version={python}", "-r", str(ROOT / "requirements.lock")]
    return subprocess.run(  # noqa: S603 - our own tool
        [uv, "pip", "install", *options, *where, *lock],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_every_package_has_a_wheel(tmp_path: Path, machine: str) -> None:
    planned = plan(tmp_path, machine)

    assert planned.returncode == 0, planned.stderr
    assert " + grpcio==" in planned.stderr
    assert " + uvloop==" in planned.stderr


def test_a_missing_wheel_would_be_found(tmp_path: Path) -> None:
    # No compiled package is made for a Python that is long gone, or not yet there.
    planned = plan(tmp_path, "aarch64", python="3.99")

    assert planned.returncode != 0
    assert "Wheels are required" in planned.stderr
