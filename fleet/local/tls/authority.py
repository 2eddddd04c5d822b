"""An authority of our own; cryptography is wrapped here."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fleet.local.tls.issued import Issued, Subject

_NAME = "grpc-fleet on this machine"
_LIFE = timedelta(days=3650)
"""Longer than any fleet runs."""
_EARLIER = timedelta(minutes=5)
"""A clock that is set back must not make a new certificate one of the future."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; its key is in memory only, and gone with the fleet."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """Its own certificate, for those that believe it."""
        return self.cert.public_bytes(serialization.Encoding.PEM)

    def issue(self, subject: Subject, since: datetime, until: datetime) -> Issued:
        """Return a certificate for *subject* and a new key, ECDSA on P-256."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(subject.name, key.public_key(), since - _EARLIER, until)
        for extension, critical in _extensions(subject):
            made = made.add_extension(extension, critical)
        made = made.issuer_name(self.cert.subject).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
            critical=False,
        )
        cert = made.sign(self.key, hashes.SHA256())
        return Issued(cert.public_bytes(serialization.Encoding.PEM), _pem(key))


def new_authority() -> Authority:
    """Make an authority that nobody knows yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = _builder(_NAME, key.public_key(), now - _EARLIER, now + _LIFE)
    made = made.issuer_name(_named(_NAME))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)  # noqa: FBT003 - cryptography's own
    made = made.add_extension(_usage(signs=True), critical=True)
    return Authority(made.sign(key, hashes.SHA256()), key)


def _builder(
    name: str, key: ec.EllipticCurvePublicKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _extensions(subject: Subject) -> list[tuple[x509.ExtensionType, bool]]:
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if subject.serves:
        uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in subject.dns]
    names += [x509.IPAddress(ipaddress.ip_address(host)) for host in subject.hosts]
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(signs=False), True),
        (x509.ExtendedKeyUsage(uses), False),
        (x509.SubjectAlternativeName(names), False),
    ]


def _usage(*, signs: bool) -> x509.KeyUsage:
    """Return what a key is for (RFC 5280, 4.2.1.3): certificates, or handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
