"""State folders, and the table of what the slow tests counted and timed."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.columns import columns

Figure = Callable[[str, str, str], None]
_FIGURES = pytest.StashKey[list[tuple[str, str, str]]]()


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="fl-") as folder:
        yield Path(folder) / "h"


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Note a figure: what was measured, the value, what is wanted.

    Counts are asserted by the tests themselves. Times are only printed, because
    a busy machine would fail them.
    """
    figures = request.config.stash.setdefault(_FIGURES, [])

    def note(what: str, value: str, wanted: str) -> None:
        figures.append((what, value, wanted))

    return note


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 - pytest's own reporter has no public type
    """Print every figure in a table."""
    figures = config.stash.get(_FIGURES, [])
    if figures:
        terminalreporter.section("figures")
        for line in columns([("FIGURE", "FOUND", "WANTED"), *figures]):
            terminalreporter.line(line)
