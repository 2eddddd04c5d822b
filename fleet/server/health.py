"""The health service, `grpc.health.v1`: asked by probes, watched by callers."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from grpc_health.v1.health_pb2 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthListRequest,
    HealthListResponse,
)
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from fleet.errors import NotFound

__all__ = ["SERVICE", "Health", "add_HealthServicer_to_server"]

SERVICE = "grpc.health.v1.Health"
_SERVING = HealthCheckResponse.SERVING
_NOT_SERVING = HealthCheckResponse.NOT_SERVING
_UNKNOWN = HealthCheckResponse.SERVICE_UNKNOWN


class Health:
    """One status for all services of a task, pushed to every watcher.

    Our own servicer: the library's has no List, and holds a lock while it
    writes to a watcher, so one that does not read would keep the goodbye from
    all others. Here a watcher has its own event and takes the latest status
    when it can.
    """

    def __init__(self) -> None:
        self._names = frozenset([""])
        self._status = _NOT_SERVING
        self._closed = False
        self._watchers: set[asyncio.Event] = set()

    def serve(self, names: Iterable[str]) -> None:
        """Say SERVING for *names* and for "", the task as a whole."""
        self._names = frozenset(["", *names])
        self._turn(_SERVING)

    def leave(self) -> None:
        """Say NOT_SERVING for everything."""
        self._turn(_NOT_SERVING)

    def close(self) -> None:
        """End every watch, so that none of them holds up the end of the drain."""
        self._closed = True
        self._turn(_NOT_SERVING)

    def _turn(self, status: HealthCheckResponse.ServingStatus) -> None:
        self._status = status
        for changed in self._watchers:
            changed.set()

    async def Check(  # noqa: N802 - the name in the proto
        self, request: HealthCheckRequest, _context: object
    ) -> HealthCheckResponse:
        """Answer with the status of one service."""
        if request.service not in self._names:
            raise NotFound("service", request.service)
        return HealthCheckResponse(status=self._status)

    async def List(  # noqa: N802 - the name in the proto
        self, _request: HealthListRequest, _context: object
    ) -> HealthListResponse:
        """Answer with the status of every service."""
        answer = HealthCheckResponse(status=self._status)
        return HealthListResponse(statuses=dict.fromkeys(self._names, answer))

    async def Watch(  # noqa: N802 - the name in the proto
        self, request: HealthCheckRequest, _context: object
    ) -> AsyncIterator[HealthCheckResponse]:
        """Answer with the status now and at every change."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            async for status in self._changes(request.service, changed):
                yield HealthCheckResponse(status=status)
        finally:
            self._watchers.discard(changed)

    async def _changes(
        self, service: str, changed: asyncio.Event
    ) -> AsyncIterator[HealthCheckResponse.ServingStatus]:
        told = None
        while True:
            status = self._status if service in self._names else _UNKNOWN
            if status != told:
                yield (told := status)
            if self._closed:
                return
            await changed.wait()
            changed.clear()
