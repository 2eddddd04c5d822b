"""Whether what the files say fits together, and for how long."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from fleet.errors import BadConfig
from fleet.tls import verdicts
from fleet.tls.certificate import Certificate, day, ends, starts
from fleet.tls.contexts import believe, client_context
from fleet.tls.files import Material, Role, TlsFiles
from fleet.tls.handshake import prove

_EDWARDS = (b"AwBQYDK2V", b"EwBQYDK2V")
"""How a key of Ed25519 or Ed448 begins in PEM (RFC 8410, section 7): what OpenSSL likes
and BoringSSL, in gRPC, refuses in every handshake."""
_NOT_ITS_KEY = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH")


def check(material: Material, files: TlsFiles, role: Role) -> float | None:
    """Return when the certificate ends, in seconds since 1970; None: there is none.

    A server's own need not be one for callers, nor of an authority that callers must
    have: it may be a public one's, who issue for servers alone.

    Args:
        material: Read from *files*.
        files: Named in what is wrong.
        role: What the certificate is for.

    Raises:
        BadConfig: Something cannot be read, or does not fit; each with its file, what
            is wrong with it and what to do.
    """
    problems = list(_each(material, files))
    if role == "server" and files.cert is None:
        problems.append("a server needs a certificate and its key")
    if not problems and files.cert is not None:
        problems = _whole(material, files, role)
    if problems:
        raise BadConfig("TLS files", problems)
    return ends(_alone(material, role)) if files.cert else None


def _each(material: Material, files: TlsFiles) -> Iterator[str]:
    for path, pem in ((files.ca, material.ca), (files.cert, material.cert)):
        if path and (problem := _certificates(pem or b"")):
            yield f"{path} {problem}: it should be certificates in PEM"
    if files.key is not None:
        key = material.key or b""
        if b"ENCRYPTED" in key:
            yield f"the key {files.key} is encrypted: give one without a password"
        elif b"PRIVATE KEY-----" not in key:
            yield f"{files.key} holds no private key: it should be one in PEM"
        elif any(kind in key for kind in _EDWARDS):
            yield (
                f"the key {files.key} is one of Ed25519, which gRPC does not speak:"
                " make one of ECDSA (P-256) or RSA"
            )


def _certificates(pem: bytes) -> str | None:
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        return "holds no certificate"
    try:
        believe(client_context(), pem)
    except ssl.SSLError as error:
        return f"holds a broken certificate ({verdicts.words(error)})"
    return None


def _whole(material: Material, files: TlsFiles, role: Role) -> list[str]:
    # The authorities are for others; ours need not be one of them.
    ours = Material(None, material.cert, material.key)
    try:
        prove(ours, role)
    except ssl.SSLCertVerificationError as error:
        return [f"the certificate {files.cert} {_refused(ours, role, error)}"]
    except ssl.SSLError as error:
        return [_unusable(files.cert, files.key, error)]
    return []


def _unusable(cert: Path | None, key: Path | None, error: ssl.SSLError) -> str:
    if error.reason in _NOT_ITS_KEY:
        return f"the key {key} does not belong to the certificate {cert}"
    if not error.reason:  # the certificate has been read before, alone
        return f"the key {key} is broken"
    return f"{cert} and {key} cannot be used: {verdicts.words(error)}"


def _refused(
    material: Material, role: Role, error: ssl.SSLCertVerificationError
) -> str:
    code = error.verify_code
    if code in verdicts.PURPOSE:
        return f"may not be shown by a {role}: issue one with that extended key usage"
    ours = _alone(material, role)
    if code in verdicts.EXPIRED:
        return f"has expired on {day(ends(ours))}: issue a new one"
    if code in verdicts.EARLY:
        return f"is not valid before {day(starts(ours))}: is the clock right?"
    return f"cannot be used by a {role}: {verdicts.words(error)}"


def _alone(material: Material, role: Role) -> Certificate:
    """Return what the certificate says, whatever its authority and its time are."""
    return prove(Material(None, material.cert, material.key), role, always=True)
