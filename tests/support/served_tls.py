"""A server over TLS, and connections to it as our channels make them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc.aio

from fleet.client.config import ConnectionConfig
from fleet.client.engine import Secrets, open_connection
from fleet.endpoint import Endpoint
from fleet.server import ServerSettings
from fleet.server.arrivals import Arrivals
from fleet.server.engine import Engine
from fleet.server.health import Health, add_HealthServicer_to_server
from fleet.server.method import unknown_method
from fleet.server.reflection import add_reflection
from fleet.server.registry import Registry
from fleet.tls.files import Material, TlsFiles
from fleet.tls.keeper import Keeper, kept
from tests.support.served import Registered

LEAN = ConnectionConfig(keepalive_s=0)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is up, and where its certificates come from."""

    endpoint: Endpoint
    health: Health
    keeper: Keeper


@contextlib.asynccontextmanager
async def served_tls(
    files: TlsFiles, *register: Registered, host: str = "127.65.0.1"
) -> AsyncIterator[Served]:
    """Serve *register* with *files* for the length of the block."""
    registry, health = Registry(), Health()
    registry.add(register)
    services = tuple(registry.methods)
    registry.add([(add_HealthServicer_to_server, health)])
    add_reflection(registry)
    methods = [method for found in registry.methods.values() for method in found]
    settings = ServerSettings(listen=f"{host}:0")
    engine = Engine(methods, unknown_method, settings, Arrivals())
    async with kept(files, "server") as keeper:
        endpoint = await engine.start(lambda: keeper.material)
        health.serve(services)
        try:
            yield Served(endpoint, health, keeper)
        finally:
            await engine.stop(0)


def connected(
    endpoint: Endpoint, material: Material | None, name: str | None = None
) -> grpc.aio.Channel:
    """Return a connection as a channel's peer has it."""
    secrets = Secrets(material, name) if material else None
    return open_connection(endpoint, LEAN, secrets)


async def one(way: grpc.aio.Channel, request: bytes = b"x") -> bytes:
    """Make a call."""
    method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
    method = way.unary_unary("/test.Echo/One")
    return await method(request, timeout=10)


async def outcome(way: grpc.aio.Channel, request: bytes = b"x") -> str:
    """Make a call; return OK, or the status and what gRPC says, and disconnect."""
    try:
        await one(way, request)
    except grpc.aio.AioRpcError as error:
        return f"{error.code().name} {error.details()}"
    finally:
        await way.close()
    return "OK"
