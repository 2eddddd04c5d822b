"""Entity tags: a reader that has the answer already is told so in a few bytes."""

from hashlib import blake2b

from services.gateway.exchange import Request, Response
from services.gateway.failure import Header
from services.gateway.guard.headers import cache_control

_VARY: Header = (b"vary", b"accept-encoding")


def tagged(body: bytes, headers: list[Header], request: Request) -> Response:
    """Return the answer of a read with its tag, or 304 where the caller has it."""
    # Weak: the same answer goes out compressed as well, in other bytes.
    tag = '"' + blake2b(body, digest_size=12).hexdigest() + '"'
    control = cache_control(kept=True, principal=request.principal)
    headers += ((b"etag", f"W/{tag}".encode()), control, _VARY)
    has = request.headers.get("if-none-match")
    if has is not None and _holds(has, tag):
        return Response(304, b"", headers)
    return Response(200, body, headers)


def _holds(header: str, tag: str) -> bool:
    if header.strip() == "*":
        return True
    # A weak comparison, as RFC 9110 (13.1.2) asks for.
    return any(each.strip().removeprefix("W/") == tag for each in header.split(","))
