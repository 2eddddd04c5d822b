"""TLS around a probe's connection; loaded only where it is asked for.

The import of `ssl` costs more than all else that a probe imports.
"""

import socket
import ssl

from fleet.probe.wire import Wrap


def wrapping(  # noqa: PLR0913 - each is a flag of the command
    host: str,
    protocol: str,
    *,
    ca: str = "",
    cert: str = "",
    key: str = "",
    name: str = "",
    anybody: bool = False,
) -> Wrap:
    """Return what puts TLS around a connection to *host*.

    Args:
        host: Whom we ask.
        protocol: What is spoken inside (ALPN), such as `h2`.
        ca: PEM file of whom to believe; empty: those of the system.
        cert: PEM file of what to present if asked; empty: nothing.
        key: PEM file of its key.
        name: What the certificate must say; empty: the host.
        anybody: Believe any certificate, which is only for a task that asks itself.
    """

    def wrap(wire: socket.socket) -> socket.socket:
        try:
            context = _believing(ca, anybody=anybody)
            context.set_alpn_protocols([protocol])
            if cert:
                # A password, so that nobody is asked for one.
                context.load_cert_chain(cert, key, password="")
        except OSError as error:
            files = ", ".join(filter(None, (ca, cert, key)))
            raise OSError(f"TLS: {said(error)}: {files}") from error
        try:
            return context.wrap_socket(wire, server_hostname=name or host)
        except ssl.SSLError as error:
            raise OSError(f"TLS: {said(error)}") from error

    return wrap


def _believing(ca: str, *, anybody: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if anybody:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca:
        context.load_verify_locations(ca)
    else:
        context.load_default_certs()
    return context


def said(error: OSError) -> str:
    """Return what OpenSSL or the system says, without numbers."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    reason = getattr(error, "reason", None)
    return reason.replace("_", " ").lower() if reason else str(error.strerror)
