"""A real gRPC server in the test's own loop, whose behaviour a test decides."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from fleet.discovery.lookup import Answer
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed

Serving = health_pb2.HealthCheckResponse
UNARY, DOWN, UP, BOTH = (f"/test.Echo/{kind}" for kind in ("One", "Down", "Up", "Both"))

NOWHERE = Endpoint("127.0.0.1", 0)
"""Any free port."""

NOWHERE = Endpoint("127.0.0.1", 0)
"""Any free port."""

Behaviour = Callable[[bytes, grpc.aio.ServicerContext[bytes, bytes]], Awaitable[bytes]]


async def _echo(request: bytes, _context: object) -> bytes:
    return request


@dataclass
class Backend:
    """One server; `behave` answers the unary method and may be replaced."""

    endpoint: Endpoint = NOWHERE
    behave: Behaviour = _echo
    with_health: bool = True
    calls: int = 0
    health: HealthServicer = field(default_factory=HealthServicer)
    server: grpc.aio.Server | None = None

    async def start(self) -> "Backend":
        """Listen, on the same port as before if there was one."""
        self.server = grpc.aio.server(options=_OPTIONS)
        self.server.add_generic_rpc_handlers((self._handlers(),))
        if self.with_health:
            self.health = HealthServicer()
            health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        host = self.endpoint.host
        port = self.server.add_insecure_port(f"{host}:{self.endpoint.port}")
        self.endpoint = Endpoint(host, port)
        await self.server.start()
        return self

    async def stop(self, grace_s: float | None = None) -> None:
        """Stop listening; calls in flight get *grace_s*."""
        if self.server is not None:
            await self.server.stop(grace_s)
            self.server = None

    async def say(self, status: "health_pb2.HealthCheckResponse.ServingStatus") -> None:
        """Push a health status to every watcher."""
        await self.health.set("", status)

    def _handlers(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            "test.Echo",
            {
                "One": grpc.unary_unary_rpc_method_handler(self._one),
                "Down": grpc.unary_stream_rpc_method_handler(self._down),
                "Up": grpc.stream_unary_rpc_method_handler(self._up),
                "Both": grpc.stream_stream_rpc_method_handler(self._both),
            },
        )

    async def _one(
        self, request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]"
    ) -> bytes:
        self.calls += 1
        return await self.behave(request, context)

    async def _down(
        self, request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]"
    ) -> AsyncIterator[bytes]:
        self.calls += 1
        for part in request.split():
            if part == b"fail":
                await context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
            yield part

    async def _up(self, requests: AsyncIterator[bytes], _context: object) -> bytes:
        self.calls += 1
        return b" ".join([request async for request in requests])

    async def _both(
        self, requests: AsyncIterator[bytes], _context: object
    ) -> AsyncIterator[bytes]:
        self.calls += 1
        async for request in requests:
            yield request


_OPTIONS = [
    ("grpc.so_reuseport", 0),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 100),
]


@contextlib.asynccontextmanager
async def backends(
    count: int, *, with_health: bool = True
) -> AsyncIterator[list[Backend]]:
    """Run *count* servers for the length of the block."""
    running = [await Backend(with_health=with_health).start() for _ in range(count)]
    try:
        yield running
    finally:
        await asyncio.gather(*(backend.stop() for backend in running))


@dataclass
class Listing:
    """A lookup that answers what the test says."""

    endpoints: frozenset[Endpoint]
    ttl_s: float = 0.5
    error: str = ""
    asked: int = 0

    async def __call__(self) -> Answer:
        """Answer, or fail while `error` is set."""
        self.asked += 1
        if self.error:
            raise ResolveFailed("the test's service", self.error)
        return Answer(self.endpoints, self.ttl_s)

    @classmethod
    def of(cls, *listed: Backend, ttl_s: float = 0.5) -> "Listing":
        """List *listed*."""
        return cls(frozenset(backend.endpoint for backend in listed), ttl_s)

    def list(self, *listed: Backend) -> None:
        """Answer *listed* from now on."""
        self.endpoints = frozenset(backend.endpoint for backend in listed)
