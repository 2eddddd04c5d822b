"""The fake clock, and skipping what needs a missing program."""

import os

import pytest

from tests import programs
from tests.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves: `await clock.advance(5)`."""
    return FakeClock()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `needs(program)` where the program is missing.

    With CI=true it fails instead: a machine that checks everything must not
    leave anything out in silence.
    """
    for mark in item.iter_markers("needs"):
        missing = [name for name in mark.args if programs.find(name) is None]
        if not missing:
            continue
        message = "; ".join(programs.advice(name) for name in missing)
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
