"""What the gateway sees of the fleet: for the console, and for whoever asks."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson

from services.gateway.edition import Edition, Traffic
from services.gateway.exchange import Chunks, Request, Response
from services.gateway.failure import Failure
from services.gateway.http.metrics import Metrics
from services.gateway.status import status_json
from services.gateway.upstream.backend import Backend

EVERY_S = 0.5


def _version() -> str:
    try:
        return version("grpc-fleet")
    except PackageNotFoundError:
        return "unknown"


VERSION = _version()


def moment(at: datetime) -> str:
    """Return 2026-11-21T17:00:00.000Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class View:
    """`/-/fleet`: once as JSON, or as server-sent events while it changes."""

    def __init__(
        self, traffic: Traffic, metrics: Metrics, edition: Callable[[], Edition]
    ) -> None:
        self._traffic = traffic
        self._metrics = metrics
        self._edition = edition
        self._started = moment(datetime.now(UTC))

    def answer(self, request: Request) -> Response:
        """Return the view, in the form that *request* accepts."""
        headers = [(b"cache-control", b"no-store")]
        if "text/event-stream" not in request.headers.get("accept", ""):
            headers.append((b"content-type", b"application/json"))
            return Response(200, orjson.dumps(self._now()), headers)
        headers.append((b"content-type", b"text/event-stream"))
        return Response(200, self._events(request.client), headers)

    async def _events(self, client: str) -> Chunks:
        lives, limits = self._traffic.lives, self._edition().policy.limits
        yield b"retry: 1000\n\n"
        try:
            async with aclosing(lives.live(self._moments, client, limits)) as living:
                async for moment_ in living:
                    yield b"data: " + moment_ + b"\n\n"
        except Failure as failure:
            yield b"event: stream-error\ndata: " + status_json(failure) + b"\n\n"

    async def _moments(self) -> AsyncGenerator[bytes, None]:
        while True:
            # Even where nothing changes: rates are made of the time between two.
            yield orjson.dumps(self._now())
            await asyncio.sleep(EVERY_S)

    def _now(self) -> dict[str, Any]:
        edition, metrics = self._edition(), self._metrics
        return {
            "time": moment(datetime.now(UTC)),
            "gateway": {
                "version": VERSION,
                "started": self._started,
                "requests": metrics.all.requests,
                "in_flight": metrics.in_flight,
                "failed": metrics.all.failed,
                "streams": self._traffic.lives.open,
                "shared": self._traffic.flights.shared,
                "cached": self._traffic.kept.hits,
            },
            "backends": [
                _backend(backend, edition)
                for backend in self._traffic.backends.values()
            ],
        }


def _backend(backend: Backend, edition: Edition) -> dict[str, Any]:
    told = backend.channel.explain().as_dict()
    methods = edition.schema.methods.values()
    mine = [m.name.partition("/")[0] for m in methods if m.target == backend.target]
    return {
        "target": told["target"],
        "services": list(dict.fromkeys(mine)),
        "lookup": told["lookup"],
        "policy": told["policy"],
        "retries": told["retries"],
        "retries_denied": told["retries_denied"],
        "tasks": told["rows"],
    }
