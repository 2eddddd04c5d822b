"""Headers that every answer of the API carries."""

from services.gateway.failure import Header

SECURITY: tuple[Header, ...] = (
    # A browser takes an answer for what it says it is, and for nothing else.
    (b"x-content-type-options", b"nosniff"),
    # Should it be shown as a page after all, it can do nothing there.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)
"""Where a door does not say otherwise: the console has a policy of its own, and what a
script element of another site loads (JSONP) has to be `cross-origin`.

No HSTS: whether there is TLS, and for how long, is known to the proxy only."""

_NO_STORE: Header = (b"cache-control", b"no-store")
_ASK_AGAIN: Header = (b"cache-control", b"no-cache")
_ASK_AGAIN_ALONE: Header = (b"cache-control", b"private, no-cache")


def cache_control(*, kept: bool, principal: str) -> Header:
    """Return how long others may keep an answer.

    Args:
        kept: It is the good answer of a read, and has an ETag: it may be kept, and
            is asked for again with that. Anything else must not be.
        principal: Whom it was for; empty: nobody in particular.
    """
    if not kept:
        return _NO_STORE
    return _ASK_AGAIN_ALONE if principal else _ASK_AGAIN
