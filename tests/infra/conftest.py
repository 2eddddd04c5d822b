"""What the tests of the infrastructure share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.deployed import Assembly, load


@pytest.fixture(scope="session")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the templates of every environment, as `cdk synth` writes it."""
    folder = tmp_path_factory.mktemp("cdk") / "cdk.out"
    run = subprocess.run(
        [sys.executable, "-m", "infra.cdk"],
        env={**os.environ, "CDK_OUTDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def assembly(synthesized: Path) -> Assembly:
    """The resources of every stack."""
    return load(synthesized)
