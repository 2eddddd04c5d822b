"""The HTTP dialect of the ZeroMQ broker: a method, and an array of arguments.

Its clients stay as they are. What differs is what hurt: a timeout is 504 (it was
408, which asks to send again), an unknown service 404, junk 400, and JSONP is a
script with a checked name, for reads only.
"""

from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.aside import LONG_ANSWER, LONG_BODY, aside
from services.gateway.dialects.broker_asked import Asked, asked_of
from services.gateway.dialects.called import called, not_allowed
from services.gateway.dialects.validator import tagged
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header, invalid
from services.gateway.gate import Gate
from services.gateway.schema.method import Method
from services.gateway.status import JSON, NO_STORE, status_response
from services.gateway.streams.array import Array
from services.gateway.streams.respond import respond

_READS = frozenset({"GET", "HEAD"})
_NO_SNIFF: Header = (b"x-content-type-options", b"nosniff")
_TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
_SCRIPT: Sequence[Header] = (
    (b"content-type", b"text/javascript; charset=utf-8"),
    # Pages of any site may load it: that is what JSONP is for.
    (b"cross-origin-resource-policy", b"cross-origin"),
)
# Fine in a string of JSON, but not in one of JavaScript before ES2019.
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))


class Broker:
    """Answers with an array: of one response, or of a stream's."""

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Answer *request*; see `Dialect`."""
        method = called(request, gate, Status.NOT_FOUND)
        if request.verb != "POST" and not (request.verb in _READS and method.reads):
            allowed = "GET, POST" if method.reads else "POST"
            raise not_allowed(request.verb, allowed)
        await gate.admit(method, request)
        raw = b"" if request.verb in _READS else await request.body()
        return await self._called(method, raw, request, gate)

    async def posted(
        self, method: Method, raw: bytes, request: Request, gate: Gate
    ) -> Response:
        """Answer an array that came as Connect's content type; raise nothing."""
        try:
            return await self._called(method, raw, request, gate)
        except Failure as failure:
            return self.refuse(failure, request)

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* as a google.rpc.Status in JSON."""
        return status_response(failure, request.request_id)

    async def _called(
        self, method: Method, raw: bytes, request: Request, gate: Gate
    ) -> Response:
        asked, coded = await aside(
            len(raw), LONG_BODY, _asked, method, raw, request, gate
        )
        if method.server_streaming:
            shape = Array(method, gate.codec, request_id=request.request_id)
            return await respond(
                gate.stream(method, coded, request, asked.timeout_ms), shape
            )
        reply = await gate.unary(method, coded, request, asked.timeout_ms)
        answer, name = reply.message, asked.callback
        body = await aside(
            len(answer), LONG_ANSWER, _written, method, answer, name, gate
        )
        headers = [_NO_SNIFF, *reply.headers, *_kind(asked)]
        return _response(body, headers, request)


def _asked(
    method: Method, raw: bytes, request: Request, gate: Gate
) -> tuple[Asked, bytes]:
    asked = asked_of(request.query, raw, request.headers.get("content-type", ""))
    if asked.callback and (request.verb != "GET" or method.server_streaming):
        raise invalid("callback", asked.callback, "GET of one answer only")
    message = _message(method, asked.args, gate)
    return asked, message.SerializeToString(deterministic=True)


def _written(method: Method, answer: bytes, callback: str, gate: Gate) -> bytes:
    body = b"[%b]" % gate.codec.encode(method.response.FromString(answer))
    if not callback:
        return body
    for line_end, escaped in _LINE_ENDS:
        body = body.replace(line_end, escaped)
    # The comment keeps the name away from the first byte, where a file of another
    # kind (Flash, say) could begin with it.
    return b"/**/%b(%b);" % (callback.encode(), body)


def _kind(asked: Asked) -> Sequence[Header]:
    if asked.callback:
        return _SCRIPT
    return [_TEXT if asked.plain else JSON]


def _response(body: bytes, headers: list[Header], request: Request) -> Response:
    if request.verb in _READS:
        return tagged(body, headers, request)
    return Response(200, body, [*headers, NO_STORE])


def _message(method: Method, args: list[Any], gate: Gate) -> Message:
    """Return the request: one object is all of it, else its fields by number."""
    kind = method.input
    if len(args) == 1 and isinstance(args[0], dict):
        return gate.codec.from_plain(kind, args[0])
    fields = sorted(kind.fields, key=lambda field: field.number)
    if len(args) > len(fields):
        names = ", ".join(field.name for field in fields) or "none"
        raise invalid("args", f"{len(args)} of them", f"at most these: {names}")
    named = {field.name: arg for field, arg in zip(fields, args, strict=False)}
    return gate.codec.from_plain(kind, named)
