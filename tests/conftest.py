"""The fake clock, the table of figures, and skipping what a program is missing for."""

import os
from typing import Any

import pytest

from fleet.columns import columns
from tests import programs
from tests.clock import FakeClock
from tests.figures import FIGURES, Figure


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves: `await clock.advance(5)`."""
    return FakeClock()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Note a figure: what was measured, the value, what is wanted.

    Counts are asserted by the tests themselves. Times are only printed, because
    a busy machine would fail them.
    """
    figures = request.config.stash.setdefault(FIGURES, [])

    def note(what: str, value: str, wanted: str) -> None:
        figures.append((what, value, wanted))

    return note


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - pytest's own reporter has no public type
    """Print every figure in a table."""
    figures = config.stash.get(FIGURES, [])
    if figures:
        terminalreporter.section("figures")
        for line in columns([("FIGURE", "FOUND", "WANTED"), *figures]):
            terminalreporter.line(line)


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
