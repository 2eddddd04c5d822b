"""The standard library's TLS, set up from what is in memory."""

import contextlib
import os
import ssl
import sys
import tempfile
from collections.abc import Iterator

from fleet.tls.files import Material

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl.VerifyFlags` does not name."""


def client_context() -> ssl.SSLContext:
    """Return a client that asks for HTTP/2 and believes everybody, until told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def believe(context: ssl.SSLContext, ca: bytes | None) -> None:
    """Let *context* believe only certificates of the authorities in *ca*.

    Args:
        context: Of either side.
        ca: PEM; None: the authorities of the system.

    Raises:
        ssl.SSLError: There is no certificate in it, or a broken one.
    """
    context.verify_mode = ssl.CERT_REQUIRED
    if ca is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cadata=_ascii(ca))


def believe_only(context: ssl.SSLContext, cert: bytes, *, always: bool = False) -> None:
    """Let *context* believe the certificates in *cert* (PEM) and no authority.

    Args:
        context: Of either side.
        cert: Need not be of an authority.
        always: Before and after its time, too.

    Raises:
        ssl.SSLError: There is no certificate in it, or a broken one.
    """
    believe(context, cert)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if always:
        context.verify_flags |= _NO_CHECK_TIME


def present(context: ssl.SSLContext, material: Material) -> None:
    """Let *context* show the certificate of *material*, if there is one.

    Raises:
        ssl.SSLError: It cannot be used, or its key is another's.
    """
    if material.cert is None or material.key is None:
        return
    with _as_file(material.cert) as cert, _as_file(material.key) as key:
        context.load_cert_chain(cert, key)


def _ascii(pem: bytes) -> str:
    """Drop what is not ASCII: comments between the certificates of a bundle."""
    return pem.decode("ascii", "ignore")


@contextlib.contextmanager
def _as_file(pem: bytes) -> Iterator[str]:
    """Give *pem* a path, for OpenSSL reads one's own certificate from nothing else.

    In memory where that is possible: a task may have no place to write to, and a key
    has no business on a disk.
    """
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("pem"), "wb") as file:
            file.write(pem)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(pem)
            file.flush()
            yield file.name
