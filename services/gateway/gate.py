"""What every door is given: the one way to the backends, with all its rules."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.gateway.codec import Codec
from services.gateway.exchange import Request
from services.gateway.failure import Header
from services.gateway.routes import Routes
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Reply:
    """What a method with one answer answered."""

    message: bytes
    """The response, encoded by protobuf."""
    headers: Sequence[Header] = field(default=())
    """What of the backend's metadata may be passed on."""


class Gate(Protocol):
    """One edition of schema, routes and policy, and the calls under it.

    Both calls first find out who calls (keys, tokens), whether the caller may,
    and whether it may now (its rate); then they set the deadline from the
    request's headers (`Grpc-Timeout`, `Connect-Timeout-Ms`) and *timeout_ms*,
    the least of them, capped; then they pass allowed headers on.
    """

    @property
    def schema(self) -> Schema:
        """The methods that there are."""

    @property
    def routes(self) -> Routes:
        """From verb and path to a method."""

    @property
    def codec(self) -> Codec:
        """Messages as JSON."""

    async def unary(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> Reply:
        """Call *method*, which has one request and one answer.

        Raises:
            Failure: Of the gateway, or of the backend.
        """

    async def admit(self, method: Method, request: Request) -> None:
        """Find out who calls and whether they may, before a body is read.

        A door may call it first; the calls then do not ask again.

        Raises:
            Failure: They may not.
        """

    def stream(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the answers of *method*, encoded by protobuf; `Failure` ends them.

        Nothing is asked before the first `anext`, so a door that wants to answer
        a refusal with its status fetches the first answer before it begins.
        """

    def resume_field(self, method: Method) -> str:
        """Return the field that carries the resume token of a stream; "" for none.

        It is in the response, and in the request under the same name.
        """
