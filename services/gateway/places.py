"""Paths that are no calls: health, figures, descriptions, the console."""

from collections.abc import Awaitable, Callable, Mapping

import orjson

from fleet.errors import Status
from services.gateway.console.static import Static
from services.gateway.editions import Editions
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header, retry
from services.gateway.http.metrics import CONTENT_TYPE, Metrics
from services.gateway.http.readiness import Readiness
from services.gateway.openapi.catalog import catalog
from services.gateway.openapi.document import document
from services.gateway.view import VERSION, View

Place = Callable[[Request], Awaitable[Response]]

_JSON: Header = (b"content-type", b"application/json")
_FRESH: Header = (b"cache-control", b"no-store")


class Places:
    """Finds what is at a fixed path."""

    def __init__(
        self, editions: Editions, ready: Readiness, metrics: Metrics, view: View
    ) -> None:
        self._editions = editions
        self._ready = ready
        self._metrics = metrics
        self._view = view
        self._static = Static()
        self._described: tuple[object, dict[str, bytes]] | None = None
        self._open: Mapping[str, Place] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/openapi.json": self._openapi,
        }
        self._guarded: Mapping[str, Place] = {
            "/metrics": self._figures,
            "/-/fleet": self._fleet,
            "/-/methods": self._methods,
        }

    def find(self, path: str) -> Place | None:
        """Return what answers *path*; None: it may be a call."""
        if path in self._open:
            return self._open[path]
        if path in self._guarded:
            return self._guard
        if self._editions.current.policy.console and self._static.find(path):
            return self._file
        return None

    async def _guard(self, request: Request) -> Response:
        edition = self._editions.current
        if not edition.policy.console and request.path.startswith("/-/"):
            raise Failure(Status.NOT_FOUND, "the console is switched off here")
        await edition.admit_operator(request)
        request.method = request.path
        return await self._guarded[request.path](request)

    async def _file(self, request: Request) -> Response:
        request.method = "console"
        found = self._static.answer(request)
        if found is None:
            raise Failure(Status.NOT_FOUND, f"no {request.path}")
        return found

    async def _healthz(self, request: Request) -> Response:
        """Tell that the process answers."""
        request.method = request.path
        return Response(200, b'{"status":"alive"}', [_JSON, _FRESH])

    async def _readyz(self, request: Request) -> Response:
        """Tell whether more work should come here: not while it leaves."""
        request.method = request.path
        if not self._ready.serving:
            text = "this gateway leaves, or is not yet there"
            raise Failure(Status.UNAVAILABLE, text, details=[retry(1)])
        return Response(200, b'{"status":"ready"}', [_JSON, _FRESH])

    async def _figures(self, _request: Request) -> Response:
        headers = [(b"content-type", CONTENT_TYPE), _FRESH]
        return Response(200, self._metrics.text(), headers)

    async def _fleet(self, request: Request) -> Response:
        return self._view.answer(request)

    async def _openapi(self, request: Request) -> Response:
        request.method = request.path
        return Response(200, self._descriptions()["openapi"], [_JSON])

    async def _methods(self, _request: Request) -> Response:
        return Response(200, self._descriptions()["methods"], [_JSON, _FRESH])

    def _descriptions(self) -> dict[str, bytes]:
        """Return both descriptions of the edition of now, made once."""
        edition = self._editions.current
        if self._described is None or self._described[0] is not edition:
            schema, routes = edition.schema, edition.routes
            openapi = document(
                schema,
                routes,
                title="grpc-fleet",
                version=VERSION,
                secured=edition.secured,
            )
            methods = catalog(schema, routes, edition.resume_field)
            made = {"openapi": orjson.dumps(openapi), "methods": orjson.dumps(methods)}
            self._described = edition, made
        return self._described[1]
