"""A service whose speed is known, and can be changed while it runs.

`Serial` has one resource that is used in turn, so that a task's capacity is
1 / SLOW_SERVICE_S calls a second, at hardly any CPU. `Burn` keeps the event loop
for as long, as too much work does.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable
from typing import Literal

import grpc

from fleet.endpoint import Endpoint
from fleet.errors import InvalidArgument, Unavailable
from fleet.server import ServerSettings, run
from fleet.settings import from_env

SERVICE = "test.Slow"
SERIAL = f"/{SERVICE}/Serial"
BURN = f"/{SERVICE}/Burn"
SERIAL_SAFE = f"/{SERVICE}/SerialSafe"
BURN_SAFE = f"/{SERVICE}/BurnSafe"
SET = f"/{SERVICE}/Set"
MOST_S = 60
SAFE = frozenset({SERIAL_SAFE, BURN_SAFE})
"""For `RetryConfig.safe_methods`: a service without a proto cannot declare them."""


class SlowService:
    """Answers where it listens, after its time."""

    def __init__(self, listen: str, service_s: float) -> None:
        self._listen = listen.encode()
        self._usual_s = self._service_s = service_s
        self._failing = False
        self._turn = asyncio.Lock()  # fair: first come, first served
        self._free_at = 0.0

    async def serial(self, _request: bytes, _context: object) -> bytes:
        """Use the one resource for the time of one call."""
        self._check()
        arrived = time.monotonic()
        async with self._turn:
            # What a sleep took too long is taken off the next in line: they would
            # add up, and the capacity would not be what it says.
            self._free_at = max(self._free_at, arrived) + self._service_s
            try:
                await asyncio.sleep(self._free_at - time.monotonic())
            except asyncio.CancelledError:
                self._free_at = time.monotonic()
                raise
        return self._listen

    async def burn(self, _request: bytes, _context: object) -> bytes:
        """Keep the event loop for the time of one call."""
        self._check()
        end = time.perf_counter() + self._service_s
        while time.perf_counter() < end:
            pass
        return self._listen

    async def set(self, request: bytes, _context: object) -> bytes:
        """Take b"fail", b"ok" (as at its start), or the seconds of one call."""
        self._failing = request == b"fail"
        if request == b"ok":
            self._service_s = self._usual_s
        elif not self._failing:
            self._service_s = _seconds(request)
        return self._listen

    def _check(self) -> None:
        if self._failing:
            raise Unavailable("told to fail", 0)


def _seconds(text: bytes) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) <= MOST_S:
            return seconds
    raise InvalidArgument("request", text, f"ok, fail, or 0 to {MOST_S} seconds")


def add_slow(servicer: SlowService, server: grpc.aio.Server) -> None:
    """Register, as generated code does."""
    methods = {
        SERIAL: servicer.serial,
        SERIAL_SAFE: servicer.serial,
        BURN: servicer.burn,
        BURN_SAFE: servicer.burn,
        SET: servicer.set,
    }
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        path.rpartition("/")[2]: grpc.unary_unary_rpc_method_handler(method)
        for path, method in methods.items()
    }
    server.add_registered_method_handlers(SERVICE, handlers)


class Slow:
    """Calls of the service: of one task, or balanced over all of them."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._methods: dict[str, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {
            path: channel.unary_unary(path)
            for path in (SERIAL, SERIAL_SAFE, BURN, BURN_SAFE)
        }

    def serial(self, *, safe: bool = False) -> Awaitable[bytes]:
        """Use the resource of one task; return where that listens."""
        return self._call(SERIAL_SAFE if safe else SERIAL)

    def burn(self, *, safe: bool = False) -> Awaitable[bytes]:
        """Keep the event loop of one task; return where that listens."""
        return self._call(BURN_SAFE if safe else BURN)

    def _call(self, path: str) -> Awaitable[bytes]:
        return self._methods[path](b"", timeout=self._timeout_s)


async def tell(endpoint: Endpoint, what: float | Literal["ok", "fail"]) -> None:
    """Have one task take *what* seconds a call, fail, or be cured."""
    async with grpc.aio.insecure_channel(str(endpoint)) as channel:
        said: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(SET)
        await said(str(what).encode(), timeout=5.0, wait_for_ready=True)


if __name__ == "__main__":
    settings = from_env(ServerSettings, os.environ, "FLEET_")
    service_s = float(os.environ.get("SLOW_SERVICE_S", "0.01"))
    asyncio.run(run([(add_slow, SlowService(settings.listen, service_s))], settings))
