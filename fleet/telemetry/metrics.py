"""The page of figures, for those who want one."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Callable, Mapping

from fleet.endpoint import Endpoint
from fleet.errors import BadConfig
from fleet.telemetry.tally import Tally

Read = Callable[[], float | Mapping[str, float]]
"""Returns a number of now, or one for each reason."""


@contextlib.asynccontextmanager
async def metrics_page(
    listen: Endpoint | None, tally: Tally, numbers: Mapping[str, Read]
) -> AsyncIterator[Endpoint | None]:
    """Serve `http://listen/metrics` for the length of the block; yield where.

    Args:
        listen: None: there is no page, and its library is not loaded.
        tally: Calls, and the endpoints of channels.
        numbers: By name: see `fleet.telemetry.prometheus.Registry`.

    Raises:
        BadConfig: The library is not installed.
        CannotListen: The address is taken, or not one of this machine.
    """
    if listen is None:
        yield None
        return
    try:
        prometheus = importlib.import_module("fleet.telemetry.prometheus")
        serving = importlib.import_module("fleet.telemetry.page")
    except ModuleNotFoundError as error:
        problem = f"{error}; install grpc-fleet[telemetry]"
        raise BadConfig("a page of metrics", [problem]) from error
    async with serving.page(listen, prometheus.Registry(tally, numbers)) as at:
        yield at
