"""The Connect protocol: POST and GET of one answer, and server streams.

Source: https://connectrpc.com/docs/protocol.
"""

from fleet.errors import Status
from services.gateway.aside import LONG_ANSWER, LONG_BODY, aside
from services.gateway.dialects.broker import Broker
from services.gateway.dialects.called import called, not_allowed, wrong_type
from services.gateway.dialects.connect_error import error_json
from services.gateway.dialects.connect_get import request_of
from services.gateway.dialects.connect_stream import (
    ConnectStream,
    content_type,
    end_with,
)
from services.gateway.dialects.envelope import (
    AS_IS,
    MOST_BYTES,
    check_encoding,
    only_message,
    size_of,
)
from services.gateway.dialects.validator import tagged
from services.gateway.dialects.wire import FORMS, read, written
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header, invalid
from services.gateway.gate import Gate
from services.gateway.guard.compress import takes_gzip
from services.gateway.schema.method import Method
from services.gateway.status import JSON, NO_STORE, refusal_headers
from services.gateway.streams.respond import respond

_UNARY = "application/"
_STREAM = "application/connect+"
_READS = frozenset({"GET", "HEAD"})
_NO_STREAM = frozenset({405, 415})
"""What a stream's caller learns from the status: it speaks no Connect, or not well."""


class Connect:
    """Answers what a client of Connect asks."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Answer *request*; see `Dialect`."""
        method = called(request, gate, Status.UNIMPLEMENTED)
        _check_version(request)
        if request.verb in _READS:
            return await _get(method, request, gate)
        if request.verb != "POST":
            raise not_allowed(request.verb, _verbs(method))
        form = _form(request, method)
        await gate.admit(method, request)
        if method.server_streaming:
            return await _stream(form, method, request, gate)
        raw = await request.body()
        if _for_broker(raw, method, request):
            return await self._broker.posted(method, raw, request, gate)
        return await _unary(form, method, raw, request, gate)

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* as JSON, or as the end of a stream where one was asked for."""
        kind, more = _kind(request), refusal_headers(failure)
        if _in_stream(kind, failure, request):
            named = (b"content-type", content_type(kind[len(_STREAM) :]))
            headers: list[Header] = [named, AS_IS, *more]
            return Response(200, end_with(failure), headers, failure.status)
        headers = [JSON, NO_STORE, *more]
        return Response(failure.http, error_json(failure), headers, failure.status)


def _in_stream(kind: str, failure: Failure, request: Request) -> bool:
    asked = bool(request.method) and kind.startswith(_STREAM)
    return asked and failure.http not in _NO_STREAM


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _verbs(method: Method) -> str:
    return "GET, POST" if method.reads and not method.server_streaming else "POST"


def _check_version(request: Request) -> None:
    version = request.headers.get("connect-protocol-version", "1")
    if version != "1":
        raise invalid("connect-protocol-version", version, "1")


def _form(request: Request, method: Method) -> str:
    start = _STREAM if method.server_streaming else _UNARY
    allowed = {f"{start}{form}": form for form in FORMS}
    kind = _kind(request)
    if kind not in allowed:
        raise wrong_type(kind, ", ".join(allowed))
    return allowed[kind]


def _for_broker(raw: bytes, method: Method, request: Request) -> bool:
    """Tell whether this is the broker's array of arguments, as JSON like ours."""
    return (
        raw.lstrip()[:1] == b"["
        and "connect-protocol-version" not in request.headers
        and _kind(request) == "application/json"
        and not method.input.full_name.startswith("google.protobuf.")
    )


async def _get(method: Method, request: Request, gate: Gate) -> Response:
    if not method.reads or method.server_streaming:
        raise not_allowed(request.verb, "POST")
    await gate.admit(method, request)
    query = request.query
    size = MOST_BYTES if "compression=" in query else 0
    form, raw = await aside(size, LONG_BODY, request_of, query)
    return await _unary(form, method, raw, request, gate)


async def _unary(
    form: str, method: Method, raw: bytes, request: Request, gate: Gate
) -> Response:
    asked = await aside(len(raw), LONG_BODY, read, form, method, raw, gate.codec)
    reply = await gate.unary(method, asked, request)
    answer = reply.message
    body = await aside(
        len(answer), LONG_ANSWER, written, form, method, answer, gate.codec
    )
    headers: list[Header] = [(b"content-type", f"{_UNARY}{form}".encode())]
    headers += reply.headers
    if request.verb in _READS:
        return tagged(body, headers, request)
    return Response(200, body, [*headers, NO_STORE])


async def _stream(form: str, method: Method, request: Request, gate: Gate) -> Response:
    headers = request.headers
    encoding = headers.get("connect-content-encoding", "")
    check_encoding("connect-content-encoding", encoding, "connect-accept-encoding")
    body = await request.body()
    size = size_of(body, encoding)
    asked = await aside(size, LONG_BODY, _sealed, form, method, body, encoding, gate)
    compress = takes_gzip(headers.get("connect-accept-encoding", ""))
    shape = ConnectStream(form, method, gate.codec, compress=compress)
    told: list[Header] = [(b"connect-accept-encoding", b"gzip")]
    if compress:
        told.append((b"connect-content-encoding", b"gzip"))
    stream = gate.stream(method, asked, request)
    return await respond(stream, shape, headers=told, always_ok=True)


def _sealed(form: str, method: Method, body: bytes, encoding: str, gate: Gate) -> bytes:
    return read(form, method, only_message(body, encoding), gate.codec)
