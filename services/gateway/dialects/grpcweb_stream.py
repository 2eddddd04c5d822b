"""The frames of gRPC-Web: messages, then trailers."""

import base64
from dataclasses import dataclass
from urllib.parse import quote

from services.gateway.codec import Codec
from services.gateway.dialects.envelope import envelope
from services.gateway.dialects.wire import written
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.status import encoded, public_details, text_of

_TRAILERS = 0x80
# Printable ASCII but the percent sign stays as it is.
_PLAIN = " !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True)
class WebForm:
    """How the bytes of a body are to be read."""

    codec: str
    """proto or json."""
    text: bool
    """Whether all of it is in base64."""


class GrpcWebStream:
    """The shape of an answer; without its trailers it was cut off."""

    beat = b""

    def __init__(self, kind: str, form: WebForm, method: Method, codec: Codec) -> None:
        self.content_type = kind.encode()
        self._form = form
        self._method = method
        self._codec = codec

    def begin(self) -> bytes:
        """Return nothing: the first frame is the first answer."""
        return b""

    def answer(self, raw: bytes) -> bytes:
        """Return one frame."""
        payload = written(self._form.codec, self._method, raw, self._codec)
        return self._sent(envelope(payload))

    def end(self) -> bytes:
        """Return the trailers of a call that went well."""
        return self._sent(envelope(b"grpc-status: 0\r\n", _TRAILERS))

    def failed(self, failure: Failure) -> bytes:
        """Return the trailers of one that did not."""
        return self._sent(self.trailers(failure))

    @staticmethod
    def trailers(failure: Failure) -> bytes:
        """Return the frame of trailers that says *failure*."""
        lines = [
            f"grpc-status: {int(failure.status)}",
            f"grpc-message: {quote(text_of(failure), safe=_PLAIN)}",
        ]
        if public_details(failure):
            details = base64.b64encode(encoded(failure)).rstrip(b"=").decode()
            lines.append(f"grpc-status-details-bin: {details}")
        return envelope("".join(f"{line}\r\n" for line in lines).encode(), _TRAILERS)

    def _sent(self, frame: bytes) -> bytes:
        return base64.b64encode(frame) if self._form.text else frame
