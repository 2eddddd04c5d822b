"""Asking a task for its health, without blocking the supervisor."""

import asyncio

from fleet.endpoint import Endpoint
from fleet.probe import ProbeFailed, check


async def probe(endpoint: Endpoint, timeout_s: float) -> str | None:
    """Ask *endpoint*; return None when it is serving, else the reason why not."""
    try:
        await asyncio.to_thread(
            check, endpoint.host, endpoint.port, timeout_s=timeout_s
        )
    except ProbeFailed as failed:
        return str(failed)
    return None
