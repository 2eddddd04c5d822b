"""From a request to its answer: fixed places, then the doors."""

from collections.abc import Callable

from fleet.errors import Status
from services.gateway.dialects.choose import dialect_of
from services.gateway.edition import Edition
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure
from services.gateway.guard.compress import compress, worth
from services.gateway.guard.cors import cors_headers, preflight
from services.gateway.places import Place, Places
from services.gateway.status import status_response


class App:
    """Answers every request; never raises but for a bug.

    Args:
        edition: Returns the one of now.
        places: What is not a call of a method.
    """

    def __init__(self, edition: Callable[[], Edition], places: Places) -> None:
        self._edition = edition
        self._places = places

    async def __call__(self, request: Request) -> Response:
        """Answer *request*."""
        edition = self._edition()
        policy = edition.policy
        cross = bool(policy.cors.origins)
        if cross and (early := preflight(request, policy)) is not None:
            return early
        response = await self._answer(request, edition)
        if cross:
            response.headers += cors_headers(request, policy)
        if worth(response.body):
            await compress(request, response)
        return response

    async def _answer(self, request: Request, edition: Edition) -> Response:
        if (place := self._places.find(request.path)) is not None:
            return await _fixed(place, request)
        dialect = dialect_of(request, edition.schema.methods)
        try:
            return await dialect.answer(request, edition)
        except Failure as failure:
            return dialect.refuse(failure, request)


async def _fixed(place: Place, request: Request) -> Response:
    if request.verb not in {"GET", "HEAD"}:
        text = f"{request.path} can only be read, by GET or HEAD"
        allow = [(b"allow", b"GET, HEAD")]
        failure = Failure(Status.UNIMPLEMENTED, text, http=405, headers=allow)
        return status_response(failure, request.request_id)
    try:
        return await place(request)
    except Failure as failure:
        return status_response(failure, request.request_id)
