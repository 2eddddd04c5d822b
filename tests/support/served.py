"""A served `test.Echo` whose methods a test decides, and a bare channel to it."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio

from fleet.server import Server, ServerSettings, serving
from fleet.server.method import Handler
from fleet.server.serve import Sleep

SETTINGS = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=5)

Registered = tuple[Callable[[Any, Any], None], Any]
"""What `serving` takes a list of."""

KINDS = {
    "unary_unary": "One",
    "unary_stream": "Down",
    "stream_unary": "Up",
    "stream_stream": "Both",
}


def echo(**behaviours: Handler) -> Registered:
    """Return what `serving` takes, with a behaviour for each kind that is named."""
    handlers = {
        KINDS[kind]: getattr(grpc, f"{kind}_rpc_method_handler")(behaviour)
        for kind, behaviour in behaviours.items()
    }

    def add(_servicer: object, server: Handler) -> None:
        server.add_registered_method_handlers("test.Echo", handlers)

    return add, None


@contextlib.asynccontextmanager
async def served(
    *register: Registered,
    settings: ServerSettings = SETTINGS,
    sleep: Sleep | None = None,
) -> AsyncIterator[tuple[Server, grpc.aio.Channel]]:
    """Serve *register*, and connect with grpc.aio alone."""
    clock: dict[str, Any] = {"sleep": sleep} if sleep else {}
    async with serving(register, settings, **clock) as server, connected(server) as way:
        yield server, way


def connected(server: Server) -> grpc.aio.Channel:
    """Return a channel with a connection of its own."""
    own = [("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(str(server.endpoint), options=own)


async def call(channel: grpc.aio.Channel, kind: str, request: bytes = b"x") -> Handler:
    """Make one call of *kind*, to its end, and return it."""
    made: Any = getattr(channel, kind)(f"/test.Echo/{KINDS[kind]}")
    requests = iter([request]) if kind.startswith("stream") else request
    calling = made(requests, timeout=10)
    if kind.endswith("stream"):
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for _ in calling:
                pass
    await calling.code()
    return calling


class Records(logging.Handler):
    """Keeps the fields of every call line, at every level."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, Any]] = []
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep *record*."""
        self.lines.append(record)
        fields = getattr(record, "fields", {})
        if "method" in fields:
            self.calls.append(fields)
