"""Files that the gateway may open, in a process of its own."""

import logging
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from services.gateway.http.files import Probe
from tests.support.served import Records
from tests.support.up import ROOT

# Tells the room for 500 connections, and the soft limit afterwards.
PROGRAM = """
import logging, resource, sys
from services.gateway.http.files import room
logging.basicConfig(format="%(message)s")
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(room(500), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [
        pytest.param(600, 600, "500 600", id="enough"),
        pytest.param(128, 600, "500 564", id="raised"),
        pytest.param(128, 256, "192 256", id="raised-not-enough"),
        pytest.param(60, 60, "1 60", id="hardly-any"),
    ],
)
def test_the_limit_is_raised_as_far_as_it_can_be(
    soft: int, hard: int, told: str
) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(soft), str(hard)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == told
    lines = done.stderr.splitlines()
    if hard >= 564:
        assert lines == []
    else:
        assert len(lines) == 1
        assert f"is 500, but only {hard} files" in lines[0]
        assert "allow 564 (ulimit" in lines[0]


@pytest.fixture
def lines() -> Iterator[Records]:
    """What the server logs."""
    logger, kept = logging.getLogger("gateway.server"), Records()
    logger.addHandler(kept)
    yield kept
    logger.removeHandler(kept)


def test_a_probe_counts_each_time_and_tells_now_and_then(lines: Records) -> None:
    counted: list[None] = []
    times = iter([0.0, 1.0, 11.0])
    probe = Probe(lambda: counted.append(None), lambda: next(times))
    probe.look()
    assert counted == []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        for _ in range(3):
            probe.look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(counted) == 3
    told = [line.getMessage() for line in lines.lines]
    assert told == ["new callers are turned away: Too many open files"] * 2
