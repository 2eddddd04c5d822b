"""A JSON array that grows."""

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.status import status_json


class Array:
    """An element for each answer, for callers that read all of it at once.

    A stream that failed has {"error": <google.rpc.Status>} as its last element, so
    it is still JSON; one that was cut off lacks the closing bracket, so it is not.
    """

    content_type = b"application/json"
    beat = b""

    def __init__(
        self,
        method: Method,
        codec: Codec,
        *,
        defaults: bool = True,
        request_id: str = "",
    ) -> None:
        self._parse = method.response.FromString
        self._codec = codec
        self._defaults = defaults
        self._request_id = request_id
        self._comma = b""

    def begin(self) -> bytes:
        """Return the opening bracket."""
        return b"["

    def answer(self, raw: bytes) -> bytes:
        """Return one element, and the comma before it."""
        encode = self._codec.encode
        return self._next(encode(self._parse(raw), defaults=self._defaults))

    def _next(self, element: bytes) -> bytes:
        comma, self._comma = self._comma, b",\n"
        return comma + element

    def end(self) -> bytes:
        """Return the closing bracket."""
        return b"]\n"

    def failed(self, failure: Failure) -> bytes:
        """Return the element that says why there are no more."""
        text = status_json(failure, self._request_id)
        return self._next(b'{"error":%b}' % text) + b"]\n"
