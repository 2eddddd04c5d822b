"""Newline-delimited JSON: a message a line."""

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.status import status_json


class NdJson:
    """A line for each answer.

    A stream that failed has {"error": <google.rpc.Status>} as its last line. A
    complete one ends as the HTTP response does, and one that was cut off lacks
    that end (the last chunk of HTTP/1.1), which every HTTP client reports.
    """

    content_type = b"application/x-ndjson"
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

    def begin(self) -> bytes:
        """Return nothing: the first line is the first answer."""
        return b""

    def answer(self, raw: bytes) -> bytes:
        """Return one line."""
        encode = self._codec.encode
        return encode(self._parse(raw), defaults=self._defaults) + b"\n"

    def end(self) -> bytes:
        """Return nothing: the last line is the last answer."""
        return b""

    def failed(self, failure: Failure) -> bytes:
        """Return the line that says why there are no more."""
        return b'{"error":%b}\n' % status_json(failure, self._request_id)
