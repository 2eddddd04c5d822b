"""What TLS files must be before anybody uses them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fleet.errors import BadConfig
from fleet.tls.config import TlsConfig
from fleet.tls.files import Role, TlsFiles
from fleet.tls.read import read, system_authorities
from tests.support.certificates import CALLS, SERVES, Authority, write

OURS, OTHER = Authority("ours"), Authority("other")
GOOD = OURS.issue("game-server.local")


def problem(files: TlsFiles, role: Role) -> str:
    """Return what is wrong with *files*, without the folder that they are in."""
    with pytest.raises(BadConfig) as caught:
        read(files, role)
    folder = str((files.cert or files.ca or Path()).parent)
    return "; ".join(caught.value.problems).replace(f"{folder}/", "")


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("ca", [None, OURS.pem, OTHER.pem + OURS.pem])
def test_what_fits_is_read(tmp_path: Path, role: Role, ca: bytes | None) -> None:
    files = write(tmp_path, OURS.issue("a.local", days=30), ca)

    reading = read(files, role)

    assert files.cert
    assert reading.material.cert == files.cert.read_bytes()
    assert reading.ends is not None
    if ca:
        assert reading.material.ca == ca


def test_comments_between_certificates_are_no_trouble(tmp_path: Path) -> None:
    files = write(tmp_path, GOOD, "# Autorität\n".encode() + OURS.pem + b"\n# Ende\n")

    assert read(files, "server").ends


def test_a_client_without_files_believes_the_system() -> None:
    reading = read(TlsFiles(), "client")

    assert reading.material.ca == system_authorities()
    assert reading.ends is None


def test_a_client_needs_no_certificate(tmp_path: Path) -> None:
    write(tmp_path, GOOD, OURS.pem)

    reading = read(TlsFiles(ca=tmp_path / "ca.pem"), "client")

    assert reading.material.ca == OURS.pem
    assert reading.material.cert is None


def test_a_certificate_and_its_key_come_together(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allowed is both or neither"):
        TlsFiles(cert=tmp_path / "cert.pem")


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (
            (GOOD[0], OURS.issue("a.local")[1]),
            "the key key.pem does not belong to the certificate cert.pem",
        ),
        (OURS.issue("a.local", days=-1), "the certificate cert.pem has expired on 20"),
        (OURS.issue("a.local", days=-1), ": issue a new one"),
        (OURS.issue("a.local", start=2), "is not valid before 20"),
        ((b"", GOOD[1]), "cert.pem holds no certificate"),
        ((b"what", GOOD[1]), "cert.pem holds no certificate"),
        (GOOD[::-1], "cert.pem holds no certificate"),
        (GOOD[::-1], "key.pem holds no private key"),
        ((GOOD[0][:300], GOOD[1]), "cert.pem holds a broken certificate"),
        ((GOOD[0][:-60] + GOOD[0][-40:], GOOD[1]), "cert.pem holds a broken cert"),
        ((GOOD[0], GOOD[1][:90] + GOOD[1][120:]), "the key key.pem is broken"),
    ],
)
@pytest.mark.parametrize("role", ["client", "server"])
def test_what_is_wrong_is_said_with_the_file(
    tmp_path: Path, role: Role, pair: tuple[bytes, bytes], said: str
) -> None:
    assert said in problem(write(tmp_path, pair, OURS.pem), role)


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem"))

    said = problem(TlsFiles(ca=ca, cert=cert, key=key), "server")

    for path in (ca, cert, key):
        assert f"{path.name} cannot be read: No such file" in said


def test_an_encrypted_key_asks_nobody_for_its_password(tmp_path: Path) -> None:
    key = load_pem_private_key(GOOD[1], None)
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    files = write(tmp_path, (GOOD[0], locked), None)

    assert problem(files, "server") == (
        "the key key.pem is encrypted: give one without a password"
    )


@pytest.mark.parametrize("kind", [Ed25519PrivateKey, Ed448PrivateKey])
def test_a_key_that_grpc_does_not_speak_is_refused(
    tmp_path: Path, kind: type[Ed25519PrivateKey]
) -> None:
    key = kind.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    files = write(tmp_path, (GOOD[0], key), None)

    assert "is one of Ed25519, which gRPC does not speak" in problem(files, "server")


def test_a_server_needs_a_certificate() -> None:
    assert problem(TlsFiles(), "server") == "a server needs a certificate and its key"


@pytest.mark.parametrize(
    ("usage", "role", "ca", "said"),
    [
        (CALLS, "server", False, "may not be shown by a server"),
        (SERVES, "client", False, "may not be shown by a client"),
        (CALLS, "server", True, "may not be shown by a server"),
        (SERVES, "server", True, None),
        (CALLS, "client", True, None),
        (SERVES, "server", False, None),
    ],
)
def test_a_certificate_is_for_what_its_usage_says(
    tmp_path: Path,
    usage: object,
    role: Role,
    ca: bool,  # noqa: FBT001 - a parameter of the test
    said: str | None,
) -> None:
    pair = OURS.issue("a.local", usage=usage)  # type: ignore[arg-type]
    files = write(tmp_path, pair, OURS.pem if ca else None)

    if said is None:
        assert read(files, role).ends
    else:
        assert said in problem(files, role)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("dns://game-server.local:5000", "game-server.local"),
        ("dns://Game-Server.local.", "game-server.local"),
        ("dns://127.0.0.1:5300/game-server.local:5000", "game-server.local"),
        ("dns://[::1]:5300,127.0.0.1/game-server.local", "game-server.local"),
        ("cloudmap://local/game-server:5000", "game-server.local"),
        ("cloudmap://local/game-server?region=eu-west-1", "game-server.local"),
        ("fixed://10.0.0.1:5000,[::1]:5000", None),
        ("a lookup of mine", None),
    ],
)
def test_the_name_to_expect_is_in_the_target(target: str, name: str | None) -> None:
    assert TlsConfig(files=TlsFiles()).expected(target) == name
    assert TlsConfig(files=TlsFiles(), name="other").expected(target) == "other"


@pytest.mark.parametrize("role", ["client", "server"])
def test_ours_may_be_of_another_authority_than_theirs(
    tmp_path: Path, role: Role
) -> None:
    files = write(tmp_path, OTHER.issue("a.local"), OURS.pem)
    assert read(files, role).material.ca == OURS.pem
