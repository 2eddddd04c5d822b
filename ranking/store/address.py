"""Where a store is, and who we are to it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["server", "cluster", "sentinel"]


class Place(NamedTuple):
    """Where one server listens."""

    host: str
    """Or a unix socket's path, with port 0."""
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How to know a server, and how to be known; files in PEM."""

    ca: str | None = None
    """None: the authorities that the system trusts."""
    certificate: str | None = None
    key: str | None = None
    check_hostname: bool = True
    """A cluster names its nodes by number, which certificates may not list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are to a server."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: int = 0
    tls: Tls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address, taken apart."""

    text: str
    """Without a password."""
    kind: Kind
    places: tuple[Place, ...]
    """The server, or those of a cluster or the sentinels that are asked first."""
    login: Login
    master: str = ""
    """What the sentinels call the server."""
    sentinel_login: Login | None = None
    """Sentinels have users of their own, mostly none."""

    def __str__(self) -> str:
        return self.text
