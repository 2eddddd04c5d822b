"""Answers of a method, each as JSON."""

from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.schema.method import Method
from services.gateway.status import status_json


class Answers:
    """What the shapes that are made of JSON values have in common."""

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

    def _value(self, raw: bytes) -> bytes:
        return self._codec.encode(self._parse(raw), defaults=self._defaults)

    def _error(self, failure: Failure) -> bytes:
        return b'{"error":%b}' % status_json(failure, self._request_id)
