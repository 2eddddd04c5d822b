"""gRPC-Web, binary and text: what browsers' gRPC clients speak.

Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md.
"""

import base64
from collections.abc import Sequence

from fleet.errors import Status
from services.gateway.aside import LONG_ANSWER, LONG_BODY, aside
from services.gateway.dialects.called import called, not_allowed, wrong_type
from services.gateway.dialects.envelope import (
    AS_IS,
    check_encoding,
    only_message,
    size_of,
)
from services.gateway.dialects.grpcweb_stream import GrpcWebStream, WebForm
from services.gateway.dialects.grpcweb_text import from_text
from services.gateway.dialects.wire import read
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header
from services.gateway.gate import Gate
from services.gateway.schema.method import Method
from services.gateway.status import status_response
from services.gateway.streams.respond import respond

_FORMS = {
    f"application/grpc-web{text}{suffix}": WebForm(form, bool(text))
    for text in ("", "-text")
    for suffix, form in (("", "proto"), ("+proto", "proto"), ("+json", "json"))
}
_HEADERS: Sequence[Header] = (
    (b"grpc-accept-encoding", b"gzip,identity"),
    AS_IS,
)
_BY_STATUS = frozenset({405, 415})
"""Refusals of those that do not speak gRPC-Web."""


class GrpcWeb:
    """Answers what a client of gRPC-Web asks."""

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Answer *request*; see `Dialect`."""
        kind, form = _form(request)
        if request.verb != "POST":
            raise not_allowed(request.verb, "POST")
        method = called(request, gate, Status.UNIMPLEMENTED)
        await gate.admit(method, request)
        encoding = request.headers.get("grpc-encoding", "")
        check_encoding("grpc-encoding", encoding, "grpc-accept-encoding")
        body = await request.body()
        size = size_of(body, encoding)
        how = (method, form, encoding, gate)
        message = await aside(size, LONG_BODY, _asked, body, *how)
        shape = GrpcWebStream(kind, form, method, gate.codec)
        if method.server_streaming:
            stream = gate.stream(method, message, request)
            return await respond(stream, shape, headers=_HEADERS[:1], always_ok=True)
        reply = await gate.unary(method, message, request)
        answer = reply.message
        frame = await aside(len(answer), LONG_ANSWER, shape.answer, answer)
        return _response(kind, frame + shape.end(), reply.headers)

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* in trailers, the only frame of the body.

        They are not told in headers as well: clients would report both.
        """
        kind = _kind(request)
        if kind not in _FORMS or failure.http in _BY_STATUS:
            return status_response(failure, request.request_id)
        body = GrpcWebStream.trailers(failure)
        if _FORMS[kind].text:
            body = base64.b64encode(body)
        response = _response(kind, body, failure.headers)
        response.outcome = failure.status
        return response


def _asked(
    body: bytes, method: Method, form: WebForm, encoding: str, gate: Gate
) -> bytes:
    raw = only_message(from_text(body) if form.text else body, encoding)
    return read(form.codec, method, raw, gate.codec)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _form(request: Request) -> tuple[str, WebForm]:
    kind = _kind(request)
    if kind not in _FORMS:
        raise wrong_type(kind, ", ".join(_FORMS))
    return kind, _FORMS[kind]


def _response(kind: str, body: bytes, headers: Sequence[Header]) -> Response:
    named = (b"content-type", kind.encode())
    return Response(200, body, [named, *_HEADERS, *headers])
