"""Cross-origin requests: which pages of other sites may call, and read what."""

from services.gateway.exchange import Request, Response
from services.gateway.failure import Header
from services.gateway.policy.policy import Cors, Policy

_VERBS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST = (
    "accept-encoding",
    "authorization",
    "connect-protocol-version",
    "connect-timeout-ms",
    "content-encoding",
    "content-type",
    "grpc-timeout",
    "if-none-match",
    "last-event-id",
    "traceparent",
    "tracestate",
    "x-api-key",
    "x-grpc-web",
    "x-request-id",
    "x-user-agent",
)
"""What the doors read, or what their clients send."""
_RESPONSE = (
    "content-encoding",
    "etag",
    "grpc-message",
    "grpc-status",
    "grpc-status-details-bin",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
)
"""What a page may read besides what it always may."""


def preflight(request: Request, policy: Policy) -> Response | None:
    """Answer a browser that asks whether a page may call.

    None: it is no such question, or no other site may call at all. A site that may
    not is answered without the headers that would let it.
    """
    asked = request.headers
    wants = "access-control-request-method" in asked and "origin" in asked
    if request.verb != "OPTIONS" or not wants or not policy.cors.origins:
        return None
    granted = _granted(request, policy.cors)
    if granted:
        granted += [
            (b"access-control-allow-methods", _VERBS),
            (b"access-control-allow-headers", _list(_REQUEST, _allowed(policy))),
            (b"access-control-max-age", b"%d" % policy.cors.max_age_s),
        ]
    return Response(status=204, headers=granted + _vary(policy.cors))


def cors_headers(request: Request, policy: Policy) -> list[Header]:
    """Return what an answer needs so that a page of another site may read it."""
    if not policy.cors.origins:
        return []
    granted = _granted(request, policy.cors)
    if granted:
        shown = _list(_RESPONSE, sorted(policy.metadata.response))
        granted.append((b"access-control-expose-headers", shown))
    return granted + _vary(policy.cors)


def _granted(request: Request, cors: Cors) -> list[Header]:
    if "*" in cors.origins:
        return [(b"access-control-allow-origin", b"*")]
    origin = request.headers.get("origin", "")
    if origin not in cors.origins:
        return []
    granted: list[Header] = [(b"access-control-allow-origin", origin.encode())]
    if cors.credentials:
        granted.append((b"access-control-allow-credentials", b"true"))
    return granted


def _vary(cors: Cors) -> list[Header]:
    # Said to everybody: a cache must not give the answer for one site to another.
    return [] if "*" in cors.origins else [(b"vary", b"origin")]


def _allowed(policy: Policy) -> list[str]:
    return sorted({*policy.cors.headers, *policy.metadata.request})


def _list(ours: tuple[str, ...], theirs: list[str]) -> bytes:
    return ", ".join(dict.fromkeys((*ours, *theirs))).encode()
