"""gzip for answers that are worth it.

Streams are left as they are: a compressor holds small messages back, and flushing
it for each makes them larger than they were.
"""

import asyncio
import re
import zlib

from services.gateway.exchange import Request, Response
from services.gateway.failure import Header

_LEAST_BYTES = 1024
"""Below, the answer fits into one packet with or without."""
_LONG_BYTES = 128 * 1024
"""Takes milliseconds, for which other calls would wait: done in a thread."""
_LEVEL = 1
"""JSON gets a tenth smaller at level 6, for twice the work."""
_GZIP = 16 + zlib.MAX_WBITS
_TYPES = re.compile(
    rb"(?:text/[^;]+|application/(?:[^;]+\+)?(?:json|xml|yaml)|image/svg\+xml"
    rb"|application/(?:javascript|x-ndjson))\s*(?:;.*)?",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?"
)
_MOST_ITEMS = 20


def worth(body: object) -> bool:
    """Return whether *body* is whole, and long enough to be compressed."""
    return isinstance(body, bytes) and len(body) >= _LEAST_BYTES


async def compress(request: Request, response: Response) -> None:
    """Replace the body of *response* by a shorter one, where the caller takes it."""
    body = response.body
    if not isinstance(body, bytes) or len(body) < _LEAST_BYTES:
        return
    if not _may(response.headers):
        return
    _vary(response.headers)
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return
    if len(body) < _LONG_BYTES:
        response.body = _gzip(body)
    else:
        response.body = await asyncio.to_thread(_gzip, body)
    response.headers[:] = [_weak(header) for header in response.headers]
    response.headers.append((b"content-encoding", b"gzip"))


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether a caller that sends this header is best served with gzip."""
    weights: dict[str, float] = {}
    for item in accept_encoding.split(",", _MOST_ITEMS)[:_MOST_ITEMS]:
        if match := _ITEM.fullmatch(item.strip()):
            weights[match[1].lower()] = min(float(match[2] or 1), 1.0)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    # It is always allowed; and preferred only where the caller says so.
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _may(headers: list[Header]) -> bool:
    there = dict(headers)
    done = b"content-encoding" in there
    final = b"no-transform" in there.get(b"cache-control", b"").lower()
    kind = there.get(b"content-type", b"")
    return not done and not final and _TYPES.fullmatch(kind) is not None


def _vary(headers: list[Header]) -> None:
    for name, value in headers:
        if name == b"vary" and (b"accept-encoding" in value.lower() or value == b"*"):
            return
    headers.append((b"vary", b"accept-encoding"))


def _weak(header: Header) -> Header:
    # The same answer in other bytes: equal by meaning, no longer byte by byte.
    name, value = header
    if name == b"etag" and not value.startswith(b"W/"):
        return name, b"W/" + value
    return header


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()
