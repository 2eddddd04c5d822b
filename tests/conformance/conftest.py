"""What every question to a board begins with."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance.moment import Moment
from tests.conformance.ways import WAYS, Servers, Way
from tests.conformance.ways import way as way_called


@pytest_asyncio.fixture(scope="package")
async def servers() -> AsyncIterator[Servers]:
    """Servers for all of these tests; in a folder whose name a socket can bear."""
    with tempfile.TemporaryDirectory(prefix="boards-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            yield Servers(Path(folder), stack)


@pytest.fixture(
    params=[
        pytest.param(
            name, marks=[pytest.mark.needs("redis-server")] if name == "redis" else []
        )
        for name in WAYS
    ]
)
def way(request: pytest.FixtureRequest, servers: Servers) -> Way:
    """One way to get a board."""
    return way_called(request.param, servers)


@pytest.fixture
def now() -> Moment:
    """A clock that the test sets."""
    return Moment("2042-10-16T12:00:00+00:00")
