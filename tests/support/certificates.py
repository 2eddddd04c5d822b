"""Throw-away certificates: one by the openssl program, many by an authority."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from fleet.tls.files import TlsFiles

DAY = dt.timedelta(days=1)


async def certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """Return a certificate for 127.0.0.1 that vouches for itself, and its key."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    extension = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *words.split(),
        *("-subj", f"/CN={name}", "-addext", extension),
        *("-keyout", str(key), "-out", str(made)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return made, key


def server_context(made: Path, key: Path) -> ssl.SSLContext:
    """Return what a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context


class Authority:
    """Issues certificates.

    Attributes:
        pem: Its own, for those who are to believe it.
    """

    def __init__(self, name: str, *, days: float = 30) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        begun = _builder(self._name, self._name, self._key, -90, days)
        alone = begun.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)  # noqa: FBT003 - critical
        self.pem = _pem(alone.sign(self._key, hashes.SHA256()))

    def issue(
        self,
        *names: str,
        days: float = 30,
        start: float = -60,
        usage: ObjectIdentifier | None = None,
        common: str = "",
    ) -> tuple[bytes, bytes]:
        """Return a certificate for *names*, and its key.

        Args:
            names: DNS names, IP addresses, URIs and addresses of mail.
            days: From now to its end.
            start: Days from now to its start.
            usage: The only thing that it may be shown for; None: for all.
            common: Its common name, which counts for nothing; empty: the first name.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_named(common or names[0]), self._name, key, start, days)
        made = made.add_extension(
            x509.SubjectAlternativeName([_san(name) for name in names]),
            critical=False,
        )
        if usage is not None:
            made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return _pem(made.sign(self._key, hashes.SHA256())), _key_pem(key)

    def files(
        self, folder: Path, *names: str, ca: bool = True, days: float = 30
    ) -> TlsFiles:
        """Write a certificate for *names* into *folder*, and say where it is."""
        return write(folder, self.issue(*names, days=days), self.pem if ca else None)


SERVES = ExtendedKeyUsageOID.SERVER_AUTH
CALLS = ExtendedKeyUsageOID.CLIENT_AUTH


def write(folder: Path, pair: tuple[bytes, bytes], ca: bytes | None) -> TlsFiles:
    """Write what is given, each file in place, and say where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cert.pem").write_bytes(pair[0])
    (folder / "key.pem").write_bytes(pair[1])
    if ca is not None:
        (folder / "ca.pem").write_bytes(ca)
    return TlsFiles(
        ca=None if ca is None else folder / "ca.pem",
        cert=folder / "cert.pem",
        key=folder / "key.pem",
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: float,
    days: float,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + start * DAY)
        .not_valid_after(now + days * DAY)
    )


def _san(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    if "@" in name:
        return x509.RFC822Name(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
