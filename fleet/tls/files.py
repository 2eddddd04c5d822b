"""Where certificates and keys are, and what was read there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Role = Literal["client", "server"]
"""What one's own certificate is shown for: calling, or being called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Paths of PEM files; they may be replaced at any time.

    Raises:
        ValueError: A certificate without a key, or a key without one.
    """

    ca: Path | None = None
    """Authorities whose certificates are believed; None: those of the system (a
    client), or nobody is asked for one (a server)."""
    cert: Path | None = None
    """One's own certificate, with its chain; a server needs it."""
    key: Path | None = None
    """Of that certificate, not encrypted."""

    def __post_init__(self) -> None:
        """Refuse half a pair."""
        if (self.cert is None) is not (self.key is None):
            raise ValueError(
                f"TlsFiles.cert is {self.cert} and key is {self.key},"
                " allowed is both or neither"
            )


@dataclass(frozen=True, slots=True)
class Material:
    """What the files said at one moment, all of it fitting together."""

    ca: bytes | None
    """None: whom to believe is not said, and the system does not know either."""
    cert: bytes | None
    key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one connection is made with."""

    material: Material
    name: str | None = None
    """What the server's certificate must say: a DNS name or an IP address. None: the
    address that is connected to."""
