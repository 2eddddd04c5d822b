"""The text form of gRPC-Web: frames in base64, which may come in several pieces."""

import base64
import binascii
import re

from fleet.errors import Status
from services.gateway.failure import Failure

_PIECE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


def from_text(body: bytes) -> bytes:
    """Return the frames that *body* says: pieces of base64, each with its padding.

    Raises:
        Failure: It is not base64.
    """
    pieces = _PIECE.findall(body)
    if sum(map(len, pieces)) != len(body):
        raise _bad()
    try:
        return b"".join(base64.b64decode(each, validate=True) for each in pieces)
    except binascii.Error:
        raise _bad() from None


def _bad() -> Failure:
    return Failure(Status.INVALID_ARGUMENT, "the body is not base64")
