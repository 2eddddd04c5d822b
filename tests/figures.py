"""The table of what the slow tests counted and timed."""

from collections.abc import Callable

import pytest

Figure = Callable[[str, str, str], None]
FIGURES = pytest.StashKey[list[tuple[str, str, str]]]()
