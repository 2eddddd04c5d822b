"""Server-sent events: what EventSource of a browser reads.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from weakref import WeakKeyDictionary

from google.protobuf.message import Message

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.status import status_json

_RETRY = b"retry: 2000\n\n"
"""Milliseconds until a browser connects again, which it does by itself."""

_Event = tuple[bytes, str, str, bool]
_last: WeakKeyDictionary[Codec, tuple[_Event, bytes]] = WeakKeyDictionary()
"""The event that was written last: of a thousand who watch the same, each is sent the
same bytes, one right after the other."""


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
        self._method = method
        self._codec = codec
        self._resume = resume
        self._defaults = defaults
        self._request_id = request_id

    def begin(self) -> bytes:
        """Return how soon to come back."""
        return _RETRY

    def answer(self, raw: bytes) -> bytes:
        """Return one event, with its id where the method has one."""
        event = raw, self._method.name, self._resume, self._defaults
        last = _last.get(self._codec)
        if last is not None and last[0] == event:
            return last[1]
        message = self._method.response.FromString(raw)
        data = self._codec.encode(message, defaults=self._defaults)
        written = b"%bdata: %b\n\n" % (self._id(message), data)
        _last[self._codec] = event, written
        return written

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
