"""A handshake with oneself, in memory: OpenSSL's verdict without a network."""

import ssl

from fleet.tls.certificate import Certificate
from fleet.tls.contexts import believe_only, client_context, present
from fleet.tls.files import Material, Role

_MOST_ROUNDS = 10
"""A handshake takes three."""


def prove(material: Material, role: Role, *, always: bool = False) -> Certificate:
    """Show one's own certificate to oneself, and return what it says.

    It vouches for itself: whom others believe nobody can know from here.

    Args:
        material: With a certificate and its key.
        role: What it is shown for.
        always: Before and after its time, too.

    Raises:
        ssl.SSLCertVerificationError: Whoever believes it would still refuse it.
        ssl.SSLError: It cannot be used at all.
    """
    client, server = client_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    present(server, material)
    if role == "client":
        present(client, material)
    asking = client if role == "server" else server
    if material.cert is not None:
        believe_only(asking, material.cert, always=always)
    return _shake(client, server, asking)


def _shake(
    client: ssl.SSLContext, server: ssl.SSLContext, asking: ssl.SSLContext
) -> Certificate:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    calling = client.wrap_bio(down, up)
    called = server.wrap_bio(up, down, server_side=True)
    for _ in range(_MOST_ROUNDS):
        # Both each time, also when one is done: a refusal may be the last word.
        ready = [_step(calling), _step(called)]
        if all(ready):
            break
    return (calling if asking is client else called).getpeercert() or {}


def _step(side: ssl.SSLObject) -> bool:
    """Go on for as long as the other side has said something."""
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
