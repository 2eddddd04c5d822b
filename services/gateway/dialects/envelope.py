"""Messages behind five bytes: a byte of flags, four of length.

Connect's streams and gRPC-Web write their messages alike.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator

from fleet.errors import Status
from services.gateway.failure import Failure, Header

_HEAD = struct.Struct(">BI")
COMPRESSED = 0x01
GZIP = "gzip"

MOST_BYTES = 4 * 1024 * 1024
"""Of a message after decompression: no gRPC server takes more, unless told to."""


AS_IS: Header = (b"cache-control", b"no-store, no-transform")
"""Envelopes have a compression of their own; the body is not compressed as well."""


def envelope(payload: bytes, flags: int = 0) -> bytes:
    """Return *payload* behind its five bytes."""
    return _HEAD.pack(flags, len(payload)) + payload


def envelopes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield flags and payload of each message of *body*.

    Raises:
        Failure: INVALID_ARGUMENT; the body ends amid a message.
    """
    place = 0
    while place < len(body):
        if len(body) - place < _HEAD.size:
            raise _broken(f"{len(body) - place} bytes of 5 before a message")
        flags, length = _HEAD.unpack_from(body, place)
        place += _HEAD.size
        if len(body) - place < length:
            raise _broken(f"{len(body) - place} bytes of a message of {length}")
        yield flags, body[place : place + length]
        place += length


def only_message(body: bytes, encoding: str) -> bytes:
    """Return the one message of *body*, decompressed.

    Args:
        body: Of a request for a method that takes one message.
        encoding: What the caller calls the compression of its messages.

    Raises:
        Failure: There is not exactly one whole message, or it cannot be read.
    """
    found = list(envelopes(body))
    if len(found) != 1:
        raise _broken(f"{len(found)} messages, where the method takes one")
    flags, payload = found[0]
    if flags & ~COMPRESSED:
        raise _broken(f"flags 0x{flags:02x} before a message, allowed are 0x00, 0x01")
    if not flags:
        return payload
    if encoding != GZIP:
        raise _broken("a compressed message without the name of its compression")
    return inflated(payload)


def size_of(body: bytes, encoding: str) -> int:
    """Return the bytes that reading *body* may make of it: few can become many."""
    return MOST_BYTES if encoding == GZIP else len(body)


def check_encoding(header: str, encoding: str, ours: str) -> None:
    """Check that we can read messages in *encoding*.

    Args:
        header: That says so.
        encoding: Its value; empty: none.
        ours: The header in which we tell what we can read.

    Raises:
        Failure: UNIMPLEMENTED, telling what we can read.
    """
    if encoding not in ("", "identity", GZIP):
        raise Failure(
            Status.UNIMPLEMENTED,
            f"{header} is {encoding[:50]!r}, supported are gzip, identity",
            headers=[(ours.encode(), b"gzip, identity")],
        )


def inflated(payload: bytes) -> bytes:
    """Return the gzip data *payload* decompressed.

    Raises:
        Failure: It is broken, or too large.
    """
    work = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = work.decompress(payload, MOST_BYTES + 1)
    except zlib.error:
        raise _broken("a message that is not gzip") from None
    if len(plain) > MOST_BYTES:
        text = f"a message has more than {MOST_BYTES} bytes when it is decompressed"
        raise Failure(Status.RESOURCE_EXHAUSTED, text, http=413)
    if not work.eof or work.unused_data:
        raise _broken("a message that is not one whole gzip file")
    return plain


def deflated(payload: bytes) -> bytes:
    """Return *payload* compressed by gzip; the same bytes each time."""
    return gzip.compress(payload, compresslevel=5, mtime=0)


def _broken(what: str) -> Failure:
    return Failure(Status.INVALID_ARGUMENT, f"the body has {what}")
