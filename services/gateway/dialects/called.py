"""The method that a path of the form /package.Service/Method names."""

from fleet.errors import Status
from services.gateway.exchange import Request
from services.gateway.failure import Failure, nearest
from services.gateway.gate import Gate
from services.gateway.schema.method import Method


def called(request: Request, gate: Gate, absent: Status) -> Method:
    """Return the method that *request* calls.

    Args:
        request: Its `method` is set.
        gate: Which methods there are.
        absent: The code for a method that does not exist.

    Raises:
        Failure: There is no such method (404), or not over HTTP (501).
    """
    name = request.path[1:]
    method = gate.schema.methods.get(name)
    if method is None:
        near = nearest(name, gate.schema.methods)
        hint = f"; did you mean {near}?" if near else ""
        raise Failure(absent, f"no method {name[:200]}{hint}", http=404)
    request.method = method.name
    if method.client_streaming:  # an HTTP request is one message
        text = f"{name} takes a stream of requests: call it by gRPC"
        raise Failure(Status.UNIMPLEMENTED, text)
    return method


def not_allowed(verb: str, allowed: str) -> Failure:
    """Return the failure of a *verb*; *allowed* is such as "GET, POST"."""
    return Failure(
        Status.UNIMPLEMENTED,
        f"the verb is {verb[:20]}, allowed is {allowed}",
        http=405,
        headers=[(b"allow", allowed.encode())],
    )


def wrong_type(given: str, allowed: str) -> Failure:
    """Return the failure of a request's content type."""
    return Failure(
        Status.INVALID_ARGUMENT,
        f"content-type is {given[:100]!r}, allowed is {allowed}",
        http=415,
        headers=[(b"accept-post", allowed.encode())],
    )
