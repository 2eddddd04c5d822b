"""A program that speaks the gateway's HTTP and says what it was asked."""

import asyncio
import os
import sys

import uvloop

from fleet.server.settings import ServerSettings
from fleet.settings import from_env
from services.gateway.exchange import Request, Response
from services.gateway.http import Asgi, Metrics, Readiness, serve
from services.gateway.policy.policy import Policy
from tests.support.gateway_http import echo


async def main(settings: ServerSettings) -> None:
    """Serve until told to leave; /readyz is healthy unless there is an argument."""
    policy, ready = Policy(), Readiness()

    async def app(request: Request) -> Response:
        if request.path == "/readyz":
            fine = ready.serving and not sys.argv[1:]
            return Response(200 if fine else 503, b"")
        if request.path == "/targets":
            return Response(200, os.environ["GATEWAY_TARGETS"].encode())
        return await echo(request)

    asgi = Asgi(app, lambda: policy, Metrics())
    await serve(asgi, settings, lambda: policy, ready)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(from_env(ServerSettings, os.environ, "FLEET_")))
