"""A server stream of Connect: messages in envelopes, the last one says how it went.

Source: https://connectrpc.com/docs/protocol#streaming-response.
"""

import orjson

from services.gateway.codec import Codec
from services.gateway.dialects.connect_error import error_of
from services.gateway.dialects.envelope import COMPRESSED, deflated, envelope
from services.gateway.dialects.wire import written
from services.gateway.failure import Failure
from services.gateway.schema.method import Method

_END = 0x02
_SMALL = 1024
"""Bytes below which compression costs more than it saves."""


class ConnectStream:
    """The shape of a stream; without its last envelope it was cut off."""

    beat = b""

    def __init__(
        self, form: str, method: Method, codec: Codec, *, compress: bool
    ) -> None:
        self.content_type = content_type(form)
        self._form = form
        self._method = method
        self._codec = codec
        self._compress = compress

    def begin(self) -> bytes:
        """Return nothing: the first envelope is the first answer."""
        return b""

    def answer(self, raw: bytes) -> bytes:
        """Return one envelope."""
        payload = written(self._form, self._method, raw, self._codec)
        if self._compress and len(payload) >= _SMALL:
            return envelope(deflated(payload), COMPRESSED)
        return envelope(payload)

    def end(self) -> bytes:
        """Return the last envelope."""
        return envelope(b"{}", _END)

    def failed(self, failure: Failure) -> bytes:
        """Return the last envelope, with the error."""
        return end_with(failure)


def content_type(form: str) -> bytes:
    """Return the content type of a stream in *form*."""
    return f"application/connect+{form}".encode()


def end_with(failure: Failure) -> bytes:
    """Return the last envelope of a stream that has failed."""
    return envelope(orjson.dumps({"error": error_of(failure)}), _END)
