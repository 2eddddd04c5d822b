"""The gateway as an application of raw ASGI."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from fleet.errors import Status
from fleet.server.request_id import KEY, request_id
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header, retry
from services.gateway.guard.address import client_address
from services.gateway.http.answer import Answer, Send
from services.gateway.http.body import Body, Receive
from services.gateway.http.headers import read_headers, require_sane
from services.gateway.http.lifespan import lifespan
from services.gateway.http.log import log_request
from services.gateway.http.metrics import Metrics
from services.gateway.http.whole import EXTENSION
from services.gateway.policy.policy import Policy
from services.gateway.status import status_response

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
App = Callable[[Request], Awaitable[Response]]

LEFT = "gateway.left"
"""Key of a scope that the server sets when the caller has left. It cancels the task
of the request then, so that nobody has to wait for the news."""

_CLOSE: Header = (b"connection", b"close")


class Asgi:
    """From a scope to a `Request`, and from the `Response` back to the caller.

    Args:
        app: Answers; a `Failure` that it raises is told, a bug is logged.
        policy: Asked at every request: it may be reloaded.
        metrics: Gets every request.
    """

    def __init__(
        self, app: App, policy: Callable[[], Policy], metrics: Metrics
    ) -> None:
        self._app = app
        self._policy = policy
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see the specification of ASGI."""
        if scope["type"] != "http":
            await lifespan(scope, receive, send)
            return
        begun = time.perf_counter()
        request, body = self._read(scope, receive)
        whole = scope["extensions"].get(EXTENSION) if "extensions" in scope else None
        answer = Answer(send, whole, request.verb, request.request_id)
        self.metrics.in_flight += 1
        response = await self._response(scope, request)
        try:
            if isinstance(response.body, bytes):
                more = (_CLOSE,) if _unread(request, body) else ()
                await answer.give(response, more)
            else:
                await self._stream(response, answer)
        except asyncio.CancelledError:
            if not _told():
                log.exception("bug in the stream of %s", request.method)
        except Exception:
            log.exception("bug in the stream of %s", request.method)
            response.outcome = Status.INTERNAL
        finally:
            self.metrics.in_flight -= 1
            self._tell(request, response, answer, time.perf_counter() - begun)

    def _read(self, scope: Scope, receive: Receive) -> tuple[Request, Body]:
        policy = self._policy()
        headers = read_headers(scope["headers"])
        body = Body(headers, receive, policy.limits, self.metrics)
        identity = headers.get(KEY)
        request = Request(
            verb=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            client=_client(scope, headers, policy),
            request_id=request_id(((KEY, identity),) if identity else None),
            body=body,
        )
        return request, body

    async def _response(self, scope: Scope, request: Request) -> Response:
        try:
            require_sane(scope, request.headers, request.path)
            return await self._app(request)
        except Failure as error:
            failure = error
        except asyncio.CancelledError as error:
            failure = _cut_off(scope) or _bug(error, request)
        except Exception as error:  # noqa: BLE001 - it is told just below
            failure = _bug(error, request)
        return status_response(failure, request.request_id)

    async def _stream(self, response: Response, answer: Answer) -> None:
        self.metrics.streams += 1
        try:
            await answer.give(response)
        finally:
            self.metrics.streams -= 1

    def _tell(
        self, request: Request, response: Response, answer: Answer, seconds: float
    ) -> None:
        whole = isinstance(response.body, bytes)
        if not answer.done and response.outcome is Status.OK:
            response.outcome = Status.CANCELLED  # the caller did not wait for the end
        self.metrics.sent_bytes += answer.size
        self.metrics.answered(
            request.method,
            response.status,
            response.outcome,
            seconds if whole else None,
        )
        log_request(request, response, seconds, answer.size)


def _client(scope: Scope, headers: Mapping[str, str], policy: Policy) -> str:
    peer: str = scope["client"][0] if scope["client"] else ""
    if not policy.trusted_proxies:  # the usual case, and reading addresses is slow
        return peer
    return client_address(
        peer,
        headers.get("x-forwarded-for", ""),
        headers.get("forwarded", ""),
        policy.trusted_proxies,
    )


def _told() -> bool:
    """Tell whether our own task was cancelled, and not something it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _bug(error: BaseException, request: Request) -> Failure:
    """Log *error*; the caller hears nothing of its text."""
    where = request.method or request.path
    log.error("bug in %s %s", request.verb, where, exc_info=error)
    return Failure(Status.INTERNAL, "internal error")


def _cut_off(scope: Scope) -> Failure | None:
    """Return why we were cancelled; a caller who has left never reads it.

    None: not we were, but something that the door waited for.
    """
    if scope.get(LEFT):
        return Failure(Status.CANCELLED, "the caller has left")
    if _told():
        text = "the gateway is closing; try again"
        return Failure(Status.UNAVAILABLE, text, details=[retry(1.0)])
    return None


def _unread(request: Request, body: Body) -> bool:
    """Whether the caller waits for 100-continue, and has got the answer instead.

    It may send the body or leave it out, and we could not tell which.
    """
    return not body.read and "expect" in request.headers
