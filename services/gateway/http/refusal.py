"""The answer to what never became a request."""

from http import HTTPStatus

from fleet.server.request_id import request_id
from services.gateway.failure import Failure
from services.gateway.status import status_response


def refusal(failure: Failure) -> bytes:
    """Return a whole response of HTTP/1.1, after which the connection is closed."""
    identity = request_id(None)
    response = status_response(failure, identity)
    body = response.body
    assert isinstance(body, bytes)  # noqa: S101 - for the type: a failure is no stream
    headers = [
        *response.headers,
        (b"x-request-id", identity.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    status = HTTPStatus(response.status)
    lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
    lines += [b"%s: %s" % header for header in headers]
    return b"\r\n".join([*lines, b"", body])
