"""A task with mutual TLS that asks itself: bad files on its disk do not make it ill.

It is asked with the files on the disk, and those may not be the ones that it uses: it
keeps the old ones while new ones do not fit. Nor need a server's certificate be one
for callers, as it may be of a public authority. Whoever cannot ask for health then
asks at least whether the server shakes hands.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from fleet.probe.failed import Refused
from fleet.probe.secure import said
from fleet.probe.wire import Ears, converse

_ROUNDS = 2
"""Of a handshake of TLS 1.3: the client proves the server, and then it is proved."""


@dataclass(frozen=True, slots=True)
class Own:
    """The task itself."""

    address: tuple[str, int]
    timeout_s: float
    files: tuple[str, str, str]
    """Certificate, key, authorities of its callers."""


def asked(ask: Callable[[], None], own: Own) -> str:
    """Ask the task for its health, or at least for a handshake.

    Health is asked for whenever our certificate could be good for it. It is judged
    here first: a server that refuses it says so in its log, at each probe.

    Args:
        ask: For health, with the files of *own*.
        own: Whom.

    Returns:
        What is wrong with the files, if anything, in one line.

    Raises:
        ProbeFailed: Not healthy; or there is no TLS server.
    """
    try:
        caller = _is_caller(*own.files)
    except OSError as error:
        _shake(own)
        return _remark(own, said(error))
    if not caller:
        _shake(own)
        return ""
    try:
        ask()
    except Refused:  # it has shaken hands
        return _remark(own, "it does not accept them")
    return ""


def _remark(own: Own, reason: str) -> str:
    host, port = own.address
    files = ", ".join(filter(None, own.files))
    return (
        f"{host}:{port}: the TLS files cannot be used ({reason}: {files}),"
        " only the handshake was tried"
    )


def _is_caller(cert: str, key: str, ca: str) -> bool:
    """Return whether a server that believes *ca* lets us in, by one in memory.

    Raises:
        OSError: Nor would a server show them: a pair that is none, or out of its time.
    """
    client, server = _everybody(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for side in (client, server):
        # A password, so that nobody is asked for one.
        side.load_cert_chain(cert, key, password="")
    client.load_verify_locations(cert)
    client.verify_mode = ssl.CERT_REQUIRED
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        server.load_verify_locations(ca)
    except OSError:  # the server has another one, which nobody knows
        return True
    server.verify_mode = ssl.CERT_REQUIRED
    server.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # as gRPC does
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    calling = client.wrap_bio(down, up)
    called = server.wrap_bio(up, down, server_side=True)
    for _ in range(_ROUNDS):
        _step(calling)
        try:
            _step(called)
        except ssl.SSLCertVerificationError:
            return False
    return True


def _shake(own: Own) -> None:
    """Let the server show its certificate, and hang up.

    Our part of the handshake is not sent: it would be refused, and that be logged.
    """

    def listen(ears: Ears) -> None:
        context = _everybody()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["h2"])
        came, ours = ssl.MemoryBIO(), ssl.MemoryBIO()
        side = context.wrap_bio(came, ours)
        try:
            while not _step(side):
                ears.say(ours.read())
                came.write(_some(ears))
        except ssl.SSLError as error:
            raise OSError(f"TLS: {said(error)}") from error

    converse(
        own.address, b"", listen, timeout_s=own.timeout_s, wanted="a server of TLS"
    )


def _some(ears: Ears) -> bytes:
    data = ears.read()
    if not data:
        raise ConnectionResetError("closed in the TLS handshake")
    return data


def _everybody() -> ssl.SSLContext:
    """Return a client that believes anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _step(side: ssl.SSLObject) -> bool:
    """Go on for as long as the other side has said something."""
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
