"""Which callers may call: by the names in their certificates."""

import functools
import re
from collections.abc import Callable, Iterator

from fleet.errors import NotAllowed
from fleet.server.method import Behaviour, Context, Reply, Request

_SAN = "x509_subject_alternative_name"
"""The property that C-core identifies a caller by; the common name only where a
certificate has no other, and that one is nobody's to check (RFC 9525, 6.3)."""
_LABEL = re.compile(rb"[a-z0-9_-]{1,63}")
_MOST_CALLERS = 4096
"""Certificates of which the verdict is remembered."""


def identify(
    behaviour: Behaviour,
    callers: tuple[str, ...],
    refused: Callable[[], None],
) -> Behaviour:
    """Refuse calls of those whose certificate has none of the names in *callers*.

    That the certificate is valid and of one of our authorities, the handshake has
    made sure of. A stream of health or reflection needs no more than that: who may
    connect may know whether to call.

    Args:
        behaviour: What is called when the caller may.
        callers: Subject alternative names: DNS names, `*.local` for any one label
            before it, or URIs such as `spiffe://fleet/gateway`, to the letter. None:
            every caller may call, and *behaviour* is returned as it is.
        refused: Told of each refused call.
    """
    if not callers:
        return behaviour

    @functools.wraps(behaviour)
    async def identified(request: Request, context: Context) -> Reply:
        # Both anew for each call, at half a microsecond: C-core has them parsed, and
        # tells no connection from another that we could remember them by.
        names = _names(context)
        if not allowed(names, callers):
            refused()
            raise NotAllowed(tuple(name.decode("ascii", "replace") for name in names))
        return await behaviour(request, context)

    return identified


def _names(context: Context) -> tuple[bytes, ...]:
    if context.peer_identity_key() != _SAN:
        return ()
    return tuple(context.peer_identities())


@functools.lru_cache(_MOST_CALLERS)
def allowed(names: tuple[bytes, ...], callers: tuple[str, ...]) -> bool:
    """Tell whether one of *names*, of a certificate, is one of *callers*."""
    wanted = {_plain(caller.encode()) for caller in callers}
    return any(not wanted.isdisjoint(_ways(_plain(name))) for name in names)


def _plain(name: bytes) -> bytes:
    """Drop the case of a DNS name (RFC 4343); a URI's counts."""
    return name if b":" in name else name.lower()


def _ways(name: bytes) -> Iterator[bytes]:
    """Yield what may be in a list for *name*: itself, and a star for its label."""
    yield name
    label, dot, domain = name.partition(b".")
    if dot and _LABEL.fullmatch(label):  # else it is a URI, or the address of a mail
        yield b"*." + domain
