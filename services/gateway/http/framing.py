"""The body of a request that offers another protocol."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.gateway.failure import Header

_FRAMING = frozenset([b"content-length", b"transfer-encoding"])


class Told(NamedTuple):
    """What the parser of a body calls."""

    on_body: Callable[[bytes], None]
    on_message_complete: Callable[[], None]


def framing(headers: Sequence[Header]) -> bytes:
    """Return a head that says of the body what *headers* do, and nothing else.

    The parser that has read the real one takes all behind it for the other protocol.
    A server may leave the offer alone, but the body belongs to the request (RFC 9110,
    7.8). A new parser that reads this head stands where the body begins.

    Args:
        headers: With lower-case names.
    """
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] in _FRAMING]
    return b"".join([b"POST / HTTP/1.1\r\n", *lines, b"\r\n"])
