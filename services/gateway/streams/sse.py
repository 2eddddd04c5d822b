"""Server-sent events: what EventSource of a browser reads.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from google.protobuf.message import Message

from services.gateway.codec import Codec
from services.gateway.dialects.status import status_json
from services.gateway.failure import Failure
from services.gateway.schema.method import Method

_RETRY = b"retry: 2000\n\n"
"""Milliseconds until a browser connects again, which it does by itself."""


class Sse:
    """A stream of events, one JSON message on one line of `data` each.

    A stream that failed says `event: stream-error` with a google.rpc.Status, a
    complete one `event: end`; without either it was cut off. A browser connects
    again after all three: a page that wants no more closes its EventSource on
    `end`. It then sends the last `id`, from which the backend goes on.
    """

    content_type = b"text/event-stream"
    beat = b":\n\n"

    def __init__(
        self,
        method: Method,
        codec: Codec,
        *,
        resume: str = "",
        defaults: bool = True,
        request_id: str = "",
    ) -> None:
        self._parse = method.response.FromString
        self._codec = codec
        self._resume = resume
        self._defaults = defaults
        self._request_id = request_id

    def begin(self) -> bytes:
        """Return how soon to come back."""
        return _RETRY

    def answer(self, raw: bytes) -> bytes:
        """Return one event, with its id where the method has one."""
        message = self._parse(raw)
        data = self._codec.encode(message, defaults=self._defaults)
        return b"%bdata: %b\n\n" % (self._id(message), data)

    def _id(self, message: Message) -> bytes:
        value = str(getattr(message, self._resume)) if self._resume else ""
        if not value or any(end in value for end in "\n\r\0"):
            return b""  # what an id cannot hold would begin a line of its own
        return b"id: %b\n" % value.encode()

    def end(self) -> bytes:
        """Return the event of a complete stream."""
        return b"event: end\ndata: {}\n\n"

    def failed(self, failure: Failure) -> bytes:
        """Return the event of a failed stream."""
        text = status_json(failure, self._request_id)
        return b"event: stream-error\ndata: %b\n\n" % text
