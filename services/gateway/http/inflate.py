"""Undoing the compression of a body, which may be a bomb."""

import zlib

from fleet.errors import Status
from services.gateway.failure import Failure

ACCEPTED = "gzip, deflate"

_GZIP = 16 + zlib.MAX_WBITS
_DEFLATE = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_ZLIB_METHOD = 8
_MEMBERS = 64
"""Parts that a gzip file may have; each costs more than its bytes."""


def inflate(data: bytes, encoding: str, most: int) -> bytes:
    """Return *data* without its *encoding*.

    Args:
        data: All of the body.
        encoding: The value of content-encoding.
        most: Bytes that may come out; not one more is ever made.

    Raises:
        Failure: 415 for an encoding that is not known, 413 where more than *most*
            come out, 400 where it is broken or cut off.
    """
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        return data
    if kind not in ("gzip", "x-gzip", "deflate"):
        raise _unsupported(encoding)
    try:
        return _members(data, _window(data, kind), most)
    except zlib.error:
        raise Failure(
            Status.INVALID_ARGUMENT, f"the body is not {kind}, or it is cut off"
        ) from None


def too_large(most: int) -> Failure:
    """Return the refusal of a body of more than *most* bytes."""
    text = f"the body is larger than {most} bytes, which is the most that is taken"
    return Failure(Status.RESOURCE_EXHAUSTED, text, http=413)


def _members(data: bytes, window: int, most: int) -> bytes:
    """Undo one part after the other, as `cat a.gz b.gz` makes them."""
    parts: list[bytes] = []
    for _ in range(_MEMBERS):
        engine = zlib.decompressobj(window)
        parts.append(engine.decompress(data, most + 1))
        most -= len(parts[-1])
        if most < 0:
            raise too_large(sum(map(len, parts)) + most)
        if not engine.eof:
            raise zlib.error
        data = engine.unused_data
        if not data or window != _GZIP:
            return b"".join(parts)
    raise Failure(Status.INVALID_ARGUMENT, f"the body has more than {_MEMBERS} parts")


def _window(data: bytes, kind: str) -> int:
    """Return what zlib has to expect; some senders of deflate leave its header out."""
    if kind != "deflate":
        return _GZIP
    return _DEFLATE if data[:1] and data[0] & 0x0F == _ZLIB_METHOD else _RAW


def _unsupported(encoding: str) -> Failure:
    text = f"content-encoding is {encoding[:100]!r}, allowed is {ACCEPTED}"
    # RFC 9110, 12.5.3: a 415 tells what would have been taken.
    headers = [(b"accept-encoding", ACCEPTED.encode())]
    return Failure(Status.INVALID_ARGUMENT, text, http=415, headers=headers)
