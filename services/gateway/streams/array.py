"""A JSON array that grows."""

from services.gateway.failure import Failure
from services.gateway.streams.answers import Answers


class Array(Answers):
    """An element for each answer, for callers that read all of it at once.

    A stream that failed has {"error": <google.rpc.Status>} as its last element, so
    it is still JSON; one that was cut off lacks the closing bracket, so it is not.
    """

    content_type = b"application/json"
    _comma = b""

    def begin(self) -> bytes:
        """Return the opening bracket."""
        return b"["

    def answer(self, raw: bytes) -> bytes:
        """Return one element, and the comma before it."""
        return self._next(self._value(raw))

    def _next(self, element: bytes) -> bytes:
        comma, self._comma = self._comma, b",\n"
        return comma + element

    def end(self) -> bytes:
        """Return the closing bracket."""
        return b"]\n"

    def failed(self, failure: Failure) -> bytes:
        """Return the element that says why there are no more."""
        return self._next(self._error(failure)) + b"]\n"
