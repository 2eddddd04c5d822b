"""What every dialect can do."""

from typing import Protocol

from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure
from services.gateway.gate import Gate


class Dialect(Protocol):
    """One way to put a call into HTTP. It keeps nothing between two requests."""

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Answer *request* with what lies behind *gate*.

        Raises:
            Failure: To be said by `refuse`.
        """

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* as a caller of this dialect expects it."""
