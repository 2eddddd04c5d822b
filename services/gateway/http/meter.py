"""How many bytes one request has taken so far."""

from collections.abc import Sequence

from services.gateway.failure import Header
from services.gateway.http.head import (
    MOST_HEADERS,
    check_head,
    headers_too_large,
    too_many_headers,
    url_too_long,
)
from services.gateway.policy.policy import Limits

_FRAMING = 8
"""Bytes of framing for each byte of a body; chunks of one byte have five."""


class Meter:
    """Counts packets, because the parser tells of a header only when it is whole."""

    __slots__ = ("_begun", "_framing_bytes", "_head_bytes", "_limits", "_packet_bytes")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._begun = 0
        """Heads that have begun in this packet."""
        self._packet_bytes = 0
        self._head_bytes = 0
        """Of this head, in the packets before."""
        self._framing_bytes = 0

    def packet(self, size: int) -> None:
        """Take note of a packet of *size* bytes, before it is parsed."""
        self._begun = 0
        self._packet_bytes = size

    def begin(self) -> None:
        """Begin with a head."""
        self._begun += 1
        self._head_bytes = 0

    def head(self, url: bytes, headers: Sequence[Header]) -> None:
        """Measure a head that is there in full.

        Raises:
            Broken: 414 or 431.
        """
        self._framing_bytes = 0
        if len(headers) > MOST_HEADERS:
            raise too_many_headers()
        limits = self._limits
        most = self._head_bytes + self._packet_bytes
        # Nearly every head is smaller than any limit, with all that came with it.
        if most > limits.url_bytes or most > limits.header_bytes:
            check_head(url, headers, limits)

    def body(self, size: int) -> None:
        """Take note of *size* bytes of a body, without what stands around them."""
        self._framing_bytes -= size * (1 + _FRAMING)

    def unfinished_head(self, url: bytes) -> None:
        """Count this packet to a head that goes on in the next one.

        Raises:
            Broken: 414 or 431.
        """
        limits = self._limits
        if self._begun <= 1:  # else it was mostly about the requests before
            self._head_bytes += self._packet_bytes
        if len(url) > limits.url_bytes:
            raise url_too_long(limits)
        if self._head_bytes > limits.url_bytes + limits.header_bytes:
            raise headers_too_large(limits)

    def unfinished_body(self) -> None:
        """Count this packet to a body that goes on in the next one.

        Raises:
            Broken: 431, for what hides in chunks: extensions and trailers.
        """
        self._framing_bytes += self._packet_bytes
        if self._framing_bytes > self._limits.header_bytes + self._limits.url_bytes:
            raise headers_too_large(self._limits)
