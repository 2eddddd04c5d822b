"""Reading TLS files, all of them together."""

import functools
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import BadConfig
from fleet.tls.check import check
from fleet.tls.files import Material, Role, TlsFiles


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files said, checked."""

    material: Material
    ends: float | None
    """When the certificate does, in seconds since 1970; None: there is none."""


def read(files: TlsFiles, role: Role) -> Reading:
    """Read *files* and check that they fit together; blocks for some milliseconds.

    Raises:
        BadConfig: With a line for each thing that is wrong, see `check`.
    """
    ca, cert, key = _contents((files.ca, files.cert, files.key))
    if files.ca is None and role == "client":
        ca = system_authorities()
    material = Material(ca, cert, key)
    return Reading(material, check(material, files, role))


@functools.cache
def system_authorities() -> bytes | None:
    """Return whom the system believes, PEM; None: it has no such file.

    gRPC would else believe a list of its own, where an authority is missing that
    somebody has added to the system, and `SSL_CERT_FILE` counts for nothing.
    """
    path = ssl.get_default_verify_paths().cafile
    return Path(path).read_bytes() if path else None


def _contents(paths: Iterable[Path | None]) -> list[bytes | None]:
    found: list[bytes | None] = []
    problems: list[str] = []
    for path in paths:
        try:
            found.append(path.read_bytes() if path else None)
        except OSError as error:
            problems.append(f"{path} cannot be read: {error.strerror or error}")
    if problems:
        raise BadConfig("TLS files", problems)
    return found
