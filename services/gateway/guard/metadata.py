"""Headers to metadata and back: by allow list, under the same name."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping

from services.gateway.exchange import Request
from services.gateway.failure import Header, invalid
from services.gateway.policy.policy import Metadata

Pair = tuple[str, str | bytes]

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_TRACESTATE = re.compile(r"[\x20-\x7e]{1,512}")
_HEX = r"(?:[0-9a-fA-F]{16}){1,2}"
_SPAN = "[0-9a-fA-F]{16}"
_B3 = {
    "b3": re.compile(rf"[01d]|{_HEX}-{_SPAN}(?:-[01d](?:-{_SPAN})?)?"),
    "x-b3-traceid": re.compile(_HEX),
    "x-b3-spanid": re.compile(_SPAN),
    "x-b3-parentspanid": re.compile(_SPAN),
    "x-b3-sampled": re.compile("[01]"),
    "x-b3-flags": re.compile("[01]"),
}
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_VISIBLE = re.compile(r"[\x20-\x7e]*")
"""All that gRPC allows in a value that is not binary."""


def to_metadata(request: Request, allowed: Metadata) -> list[Pair]:
    """Return what of the request's headers travels on.

    Always the request id, and the headers of tracing where they are well-formed: a
    broken trace is no reason to refuse a call.

    Raises:
        Failure: INVALID_ARGUMENT; an allowed header has a value that metadata
            cannot carry. Left out in silence it would be missed far away.
    """
    pairs: list[Pair] = [("x-request-id", request.request_id)]
    if not TRACING.isdisjoint(request.headers):
        pairs.extend(_tracing(request.headers))
    if allowed.request:
        taken = {name for name, _ in pairs}
        for name in sorted(allowed.request - taken):
            if name in request.headers and name not in TRACING:
                pairs.extend(_values(name, request.headers[name]))
    return pairs


def from_metadata(metadata: Iterable[Pair], allowed: Metadata) -> list[Header]:
    """Return what of a backend's metadata comes back to the caller.

    A value that would break the answer's head is left out.
    """
    if not allowed.response:
        return []
    return [
        (name.encode(), text)
        for name, value in metadata
        if name in allowed.response and (text := _text(name, value)) is not None
    ]


def _tracing(headers: Mapping[str, str]) -> Iterator[Pair]:
    parent = headers.get("traceparent", "")
    if parent and _TRACEPARENT.fullmatch(parent):
        yield "traceparent", parent
        # Without the parent that it belongs to, it means nothing.
        state = headers.get("tracestate", "")
        if _TRACESTATE.fullmatch(state):
            yield "tracestate", state
    for name, form in _B3.items():
        value = headers.get(name)
        if value is not None and form.fullmatch(value):
            yield name, value


TRACING = frozenset({"traceparent", "tracestate", *_B3})


def _values(name: str, value: str) -> Iterator[Pair]:
    if name.endswith("-bin"):
        # A header that came twice has been joined by a comma, which base64 has not.
        yield from ((name, _bytes(name, part.strip(" "))) for part in value.split(","))
    elif _VISIBLE.fullmatch(value):
        yield name, value.strip(" ")
    else:
        raise invalid(name, value, "visible ASCII; for anything else use a -bin header")


def _bytes(name: str, value: str) -> bytes:
    text = value.rstrip("=")
    if not _BASE64.fullmatch(value) or len(text) % 4 == 1:
        raise invalid(name, value, "base64 (RFC 4648, section 4)")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _text(name: str, value: str | bytes) -> bytes | None:
    if name.endswith("-bin"):
        raw = value.encode() if isinstance(value, str) else value
        return base64.b64encode(raw).rstrip(b"=")  # gRPC sends it without padding
    text = value if isinstance(value, str) else value.decode("latin-1")
    return text.encode() if _VISIBLE.fullmatch(text) else None
