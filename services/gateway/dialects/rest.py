"""REST: verbs and paths of google.api.http, JSON in and out."""

from typing import Any

import orjson
from google.protobuf.message import Message

from services.gateway.aside import LONG_ANSWER, LONG_BODY, aside
from services.gateway.codec import Codec
from services.gateway.dialects.accept import STREAM, UNARY, accepted
from services.gateway.dialects.called import wrong_type
from services.gateway.dialects.options import Options, options_of
from services.gateway.dialects.read import Read, has_body, recall, remember
from services.gateway.dialects.validator import tagged
from services.gateway.exchange import Chunks, Request, Response
from services.gateway.failure import Failure, Header
from services.gateway.gate import Gate
from services.gateway.routes import Match
from services.gateway.schema.method import Method
from services.gateway.status import JSON, NO_STORE, status_response
from services.gateway.streams.array import Array
from services.gateway.streams.ndjson import NdJson
from services.gateway.streams.respond import respond
from services.gateway.streams.shape import Shape
from services.gateway.streams.sse import Sse

_READS = frozenset({"GET", "HEAD"})
_ANYTHING = frozenset({"*/*", "application/json"})


class Rest:
    """Answers what has a route."""

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Answer *request*; see `Dialect`."""
        read = recall(gate.routes, request)
        match = read.match if read else gate.routes.match(request.verb, request.path)
        method = match.method
        request.method = method.name
        await gate.admit(method, request)
        form = _form(request, method)
        if read is None:
            read = await _read(request, match, gate)
        if method.server_streaming:
            return await _stream(read, request, gate, form)
        reply = await gate.unary(method, read.asked, request, read.options.timeout_ms)
        raw, size = reply.message, len(reply.message)
        body = await aside(size, LONG_ANSWER, _written, raw, match, gate, read.options)
        headers: list[Header] = [JSON, *reply.headers]
        if method.reads and request.verb in _READS:
            return tagged(body, headers, request)
        headers.append(NO_STORE)
        return Response(200, body, headers)

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* as a google.rpc.Status in JSON."""
        return status_response(failure, request.request_id)


async def _read(request: Request, match: Match, gate: Gate) -> Read:
    options = options_of(request.query, match.method.input)
    body = await _body(request, match)
    asked = await aside(len(body), LONG_BODY, _asked, match, body, request, gate)
    read = Read(match, asked, options)
    if not match.method.server_streaming:  # those depend on a header, too
        remember(gate.routes, request, read)
    return read


def _form(request: Request, method: Method) -> str:
    header = request.headers.get("accept", "")
    if method.server_streaming:
        return accepted(header, STREAM)
    return UNARY[0] if header in _ANYTHING else accepted(header, UNARY)


async def _body(request: Request, match: Match) -> bytes:
    if not match.takes_body and not has_body(request.headers):
        return b""
    body = await request.body()
    if body and match.takes_body:
        _check_type(request.headers.get("content-type", JSON[1].decode()))
    return body


def _check_type(given: str) -> None:
    kind = given.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise wrong_type(given, "application/json")


def _asked(match: Match, body: bytes, request: Request, gate: Gate) -> bytes:
    message = match.message(request.query, body)
    if match.method.server_streaming:
        resume = gate.resume_field(match.method)
        last = request.headers.get("last-event-id", "")
        if resume and last:  # newer than what the address says
            message.ClearField(resume)
            gate.codec.scalar(message, resume, last)
    return message.SerializeToString(deterministic=True)


def _written(raw: bytes, match: Match, gate: Gate, options: Options) -> bytes:
    message = match.method.response.FromString(raw)
    if match.response_body is None and not options.pretty:
        return gate.codec.encode(message, defaults=options.defaults)
    plain = gate.codec.plain(message, defaults=options.defaults)
    if match.response_body is not None:
        plain = _part(plain, message, match.response_body.name, gate.codec)
    if options.pretty:
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2) + b"\n"
    return orjson.dumps(plain)


def _part(plain: Any, message: Message, name: str, codec: Codec) -> Any:  # noqa: ANN401 - JSON
    key = message.DESCRIPTOR.fields_by_name[name].json_name
    if key in plain:
        return plain[key]
    # Left out because it is empty: then its empty value, or null where it has none.
    return codec.plain(type(message)()).get(key)


async def _stream(read: Read, request: Request, gate: Gate, form: str) -> Response:
    method, options = read.match.method, read.options
    shape = _shape(method, request, gate, form, options)
    if request.verb == "HEAD":
        headers = [(b"content-type", shape.content_type), NO_STORE]
        return Response(200, _unsaid(), headers)
    stream = gate.stream(method, read.asked, request, options.timeout_ms)
    return await respond(stream, shape)


async def _unsaid() -> Chunks:
    """Yield nothing: a body whose length nobody can tell before its end."""
    yield b""


def _shape(
    method: Method, request: Request, gate: Gate, form: str, options: Options
) -> Shape:
    codec, said, ours = gate.codec, options.defaults, request.request_id
    if form == "text/event-stream":
        resume = gate.resume_field(method)
        return Sse(method, codec, resume=resume, defaults=said, request_id=ours)
    kind = Array if form == "application/json" else NdJson
    return kind(method, codec, defaults=said, request_id=ours)
