"""Newline-delimited JSON: a message a line."""

from services.gateway.failure import Failure
from services.gateway.streams.answers import Answers


class NdJson(Answers):
    """A line for each answer.

    A stream that failed has {"error": <google.rpc.Status>} as its last line. A
    complete one ends as the HTTP response does, and one that was cut off lacks
    that end (the last chunk of HTTP/1.1), which every HTTP client reports.
    """

    content_type = b"application/x-ndjson"

    def begin(self) -> bytes:
        """Return nothing: the first line is the first answer."""
        return b""

    def answer(self, raw: bytes) -> bytes:
        """Return one line."""
        return self._value(raw) + b"\n"

    def end(self) -> bytes:
        """Return nothing: the last line is the last answer."""
        return b""

    def failed(self, failure: Failure) -> bytes:
        """Return the line that says why there are no more."""
        return self._error(failure) + b"\n"
