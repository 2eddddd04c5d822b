"""How large and how slow the head of a request may be."""

from collections.abc import Sequence

from httptools import HttpParserInvalidURLError

from fleet.errors import Status
from services.gateway.failure import Failure, Header
from services.gateway.policy.policy import Limits

MOST_HEADERS = 100
MOST_PIPELINED = 32
"""Requests of one connection that wait for the answer to another."""
_SEPARATORS = 4
"""Bytes of a header besides its name and value: `: ` and the end of the line."""


class Broken(Exception):
    """The connection cannot go on, and is told why.

    Args:
        reason: For the figures.
        failure: For the caller.
    """

    def __init__(self, reason: str, failure: Failure) -> None:
        super().__init__(reason, failure)
        self.reason = reason
        self.failure = failure


def check_head(url: bytes, headers: Sequence[Header], limits: Limits) -> None:
    """Measure a head that is there in full.

    Raises:
        Broken: 414 or 431.
    """
    if len(url) > limits.url_bytes:
        raise url_too_long(limits)
    size = sum(len(name) + len(value) + _SEPARATORS for name, value in headers)
    if size > limits.header_bytes:
        raise headers_too_large(limits)


def url_too_long(limits: Limits) -> Broken:
    """Return 414."""
    text = f"the URL is longer than {limits.url_bytes} bytes"
    return Broken("url_bytes", Failure(Status.INVALID_ARGUMENT, text, http=414))


def headers_too_large(limits: Limits) -> Broken:
    """Return 431 for their size."""
    text = f"the headers are larger than {limits.header_bytes} bytes"
    return Broken("header_bytes", Failure(Status.INVALID_ARGUMENT, text, http=431))


def too_many_headers() -> Broken:
    """Return 431 for their number."""
    text = f"there are more than {MOST_HEADERS} headers"
    return Broken("headers", Failure(Status.INVALID_ARGUMENT, text, http=431))


def too_many_pipelined() -> Broken:
    """Return 400 for requests that came without waiting for an answer."""
    text = f"more than {MOST_PIPELINED} requests wait on this connection"
    return Broken("pipelined", Failure(Status.RESOURCE_EXHAUSTED, text))


def too_slow(limits: Limits) -> Broken:
    """Return 408."""
    text = f"the headers took longer than {limits.header_timeout_s:g} s"
    return Broken("header_timeout", Failure(Status.DEADLINE_EXCEEDED, text, http=408))


def malformed(what: str) -> Broken:
    """Return 400 for bytes that no request has.

    Args:
        what: Words that quote nothing.
    """
    text = f"the request cannot be read: {what}"
    return Broken("malformed", Failure(Status.INVALID_ARGUMENT, text))


def no_target(verb: bytes, error: Exception) -> Broken:
    """Return 400 for a head whose target no door can have.

    Args:
        verb: Of the request.
        error: What stopped uvicorn: a URL that is none, or one without a path.
    """
    if verb == b"CONNECT":
        return malformed("CONNECT asks for a proxy, and this is no proxy")
    none = isinstance(error, HttpParserInvalidURLError)
    return malformed("its target is no URL" if none else "its target has no path")


def too_many_connections(most: int) -> Broken:
    """Return 503."""
    text = f"{most} connections are open, the most that are taken"
    failure = Failure(Status.UNAVAILABLE, text, headers=[(b"retry-after", b"1")])
    return Broken("connections", failure)
