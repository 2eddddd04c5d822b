"""A gate to backends that are functions, and requests that go through a dialect."""

import inspect
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.dialects.choose import dialect_of
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header
from services.gateway.gate import Reply
from services.gateway.routes import Routes
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema
from tests.support.gateway_schema import schema as rpc_schema

_ROUTES = Path(__file__).parents[2] / "services" / "gateway" / "http.yaml"

Script = Callable[[Any], Any]
"""Takes the request; returns the fields of the response, or yields those of many."""


@dataclass(frozen=True)
class Call:
    """What has reached a backend."""

    method: str
    message: Any
    timeout_ms: float | None


@dataclass
class FakeGate:
    """Implements `Gate` with functions, and remembers what they were asked."""

    scripts: Mapping[str, Script]
    """By method, such as rpc.Rpc/GetChampion."""
    schema: Schema = field(default_factory=rpc_schema)
    routes_file: Path | None = _ROUTES
    """None: there are no routes."""
    resume: Mapping[str, str] = field(default_factory=dict)
    """By method."""
    refusal: Failure | None = None
    """What `admit` raises."""
    headers: Sequence[Header] = ()
    """Of every answer."""
    calls: list[Call] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    """Streams that have ended, or were closed."""

    def __post_init__(self) -> None:
        self.codec = Codec(self.schema.pool)
        self.routes = Routes([])
        if self.routes_file:
            self.routes = Routes.load(self.routes_file, self.schema, self.codec)

    async def admit(self, method: Method, request: Request) -> None:
        request.admitted = method.selector
        if self.refusal:
            raise self.refusal

    def resume_field(self, method: Method) -> str:
        return self.resume.get(method.name, "")

    async def unary(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> Reply:
        await self.admit(method, request)
        answer = self._asked(method, message, timeout_ms)
        if inspect.isawaitable(answer):
            answer = await answer
        return Reply(_coded(method, answer), self.headers)

    async def stream(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> AsyncGenerator[bytes, None]:
        await self.admit(method, request)
        try:
            async for answer in self._asked(method, message, timeout_ms):
                yield _coded(method, answer)
        finally:
            self.closed.append(method.name)

    def _asked(self, method: Method, message: bytes, timeout_ms: float | None) -> Any:  # noqa: ANN401 - as the script has it

        asked = method.request.FromString(message)
        self.calls.append(Call(method.name, asked, timeout_ms))
        script = self.scripts.get(method.name)
        if script is None:
            raise Failure(Status.UNIMPLEMENTED, f"{method.name} is not served")
        return script(asked)


def _coded(method: Method, answer: Any) -> bytes:  # noqa: ANN401 - as the script has it

    if isinstance(answer, bytes):
        return answer
    made = answer if isinstance(answer, Message) else method.response(**answer)
    return made.SerializeToString()


def request(
    verb: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Request:
    """Return a request as the server makes it; *target* is a path and a query."""
    path, _, query = target.partition("?")
    length = {"content-length": str(len(body))} if body else {}

    async def read() -> bytes:
        return body

    return Request(
        verb=verb,
        path=path,
        query=query,
        headers={**length, **(headers or {})},
        client="192.0.2.1",
        request_id="req-1",
        body=read,
    )


@dataclass(frozen=True)
class Answered:
    """A response that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    outcome: Status


async def answered(gate: FakeGate, asked: Request) -> Answered:
    """Return what *asked* is answered, as the app does it, read to the end."""
    response = await opened(gate, asked)
    body = response.body
    if not isinstance(body, bytes):
        body = b"".join([chunk async for chunk in body])
    headers = {name.decode(): value.decode() for name, value in response.headers}
    return Answered(response.status, headers, body, response.outcome)


async def opened(gate: FakeGate, asked: Request) -> Response:
    """Return what *asked* is answered; a stream has begun, and must be closed."""
    dialect = dialect_of(asked, gate.schema.methods)
    try:
        return await dialect.answer(asked, gate)
    except Failure as failure:
        return dialect.refuse(failure, asked)
