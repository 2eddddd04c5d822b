"""A service of plain bytes: `One` is not safe to repeat, `Who` tells who answers."""

import asyncio
import os

import grpc

from fleet.server import ServerSettings, run
from fleet.settings import from_env

SERVICE = "test.Echo"
ONE = f"/{SERVICE}/One"
WHO = f"/{SERVICE}/Who"


class Echo:
    """Two methods without a proto."""

    def __init__(self, listen: str) -> None:
        self._listen = listen.encode()

    async def one(self, request: bytes, _context: object) -> bytes:
        """Answer *request*; one that is a number, so many seconds later."""
        if request:
            await asyncio.sleep(float(request))
        return request

    async def who(self, _request: bytes, _context: object) -> bytes:
        """Answer where this task listens."""
        return self._listen


def add_echo(servicer: Echo, server: grpc.aio.Server) -> None:
    """Register, as generated code does."""
    methods = {"One": servicer.one, "Who": servicer.who}
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        name: grpc.unary_unary_rpc_method_handler(method)
        for name, method in methods.items()
    }
    server.add_registered_method_handlers(SERVICE, handlers)


if __name__ == "__main__":
    settings = from_env(ServerSettings, os.environ, "FLEET_")
    asyncio.run(run([(add_echo, Echo(settings.listen))], settings))
