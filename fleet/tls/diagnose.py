"""Why a connection does not come up: gRPC tells it to its log, and not to callers."""

import asyncio
import ssl
import time

from fleet.endpoint import Endpoint
from fleet.tls import verdicts
from fleet.tls.certificate import day, ends, issuer
from fleet.tls.contexts import believe, client_context
from fleet.tls.disbelief import disbelief
from fleet.tls.files import Material, Secrets
from fleet.tls.greeting import Contact
from fleet.tls.handshake import prove

LIMIT_S = 2.0
"""Seconds for all of it; a handshake in a VPC takes milliseconds."""

_NOT_UP = "failed to connect"
_SIGNS = ("handshake", "verification check", "ssl", "socket closed", "reset by peer")
"""What gRPC says of a connection that TLS has ended, or the lack of it. When a server
of TLS 1.3 refuses our certificate, all that we see is a connection that was closed."""
_PLAIN = "it speaks TLS, and we do not"
_WANTS = "it wants a certificate from us"


async def why(
    endpoint: Endpoint,
    secrets: Secrets | None,
    reason: str,
    *,
    limit_s: float = LIMIT_S,
) -> str:
    """Return why *endpoint* and we do not understand each other, for people.

    Connects up to three times, which costs both sides some milliseconds of CPU: not
    to be done at each attempt to connect.

    Args:
        endpoint: To which a connection has failed.
        secrets: What it was made with; None: without TLS.
        reason: What gRPC says of it.
        limit_s: Seconds that all of it may take.

    Returns:
        A sentence that begins with "it"; or *reason*, where TLS has no part in it.
    """
    said = reason.lower()
    if _NOT_UP not in said or not any(sign in said for sign in _SIGNS):
        return reason
    try:
        async with asyncio.timeout(limit_s):
            return await _found(endpoint, secrets) or reason
    except OSError:  # a TimeoutError, too
        return reason


async def _found(endpoint: Endpoint, secrets: Secrets | None) -> str:
    if secrets is None:
        return await _plain(
            Contact(endpoint, endpoint.host, Material(None, None, None))
        )
    name = secrets.name or endpoint.host
    return await _encrypted(Contact(endpoint, name, secrets.material))


async def _plain(contact: Contact) -> str:
    try:
        async with contact.greeted(client_context()):
            return _PLAIN
    except ssl.SSLError as error:
        return _PLAIN if "ALERT" in (error.reason or "") else ""


async def _encrypted(contact: Contact) -> str:
    context = contact.context()
    believe(context, contact.material.ca)
    context.check_hostname = True
    try:
        async with contact.greeted(context) as (reader, tls):
            if tls.selected_alpn_protocol() != "h2":
                return "it speaks TLS, but not HTTP/2 (ALPN h2)"
            return "" if await reader.read(1) else _refuses(contact.material)
    except ssl.SSLCertVerificationError as error:
        return await disbelief(contact, error)
    except ssl.SSLError as error:
        return _alert(error, contact.material)
    except ConnectionResetError:
        return "it ends the connection in the TLS handshake, and does not say why"


def _alert(error: ssl.SSLError, material: Material) -> str:
    reason, said = error.reason or "", verdicts.words(error)
    if "CERTIFICATE_REQUIRED" in reason:
        return _WANTS
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        return f"{_refuses(material)}: {said}"
    if "ALERT" in reason or "EOF" in reason:
        return f"it ends the TLS handshake: {said}"
    return f"it does not speak TLS ({said})"


def _refuses(material: Material) -> str:
    """Return what it means that they close the connection after the handshake."""
    if material.cert is None:
        return _WANTS
    ours = prove(Material(None, material.cert, material.key), "client", always=True)
    last = ends(ours)
    if last < time.time():
        return f"it refuses our certificate, which has expired ({day(last)})"
    return f"it refuses our certificate (issuer {issuer(ours)})"
