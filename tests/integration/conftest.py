"""What several integration tests look at."""

import logging
from collections.abc import Iterator

import pytest

from tests.support.served import Records


@pytest.fixture
def records() -> Iterator[Records]:
    """Every call line of the block, with the log switched on."""
    logger, kept = logging.getLogger("fleet"), Records()
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(before)
