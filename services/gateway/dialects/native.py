"""gRPC itself, which is not spoken here."""

from fleet.errors import Status
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure
from services.gateway.gate import Gate
from services.gateway.status import status_response


class Native:
    """Says where to go instead."""

    async def answer(self, request: Request, gate: Gate) -> Response:
        """Refuse *request*; see `Dialect`."""
        del request, gate
        text = "gRPC is spoken by the services themselves; here: gRPC-Web, Connect"
        raise Failure(Status.UNIMPLEMENTED, text, http=415)

    def refuse(self, failure: Failure, request: Request) -> Response:
        """Say *failure* as a google.rpc.Status in JSON."""
        return status_response(failure, request.request_id)
