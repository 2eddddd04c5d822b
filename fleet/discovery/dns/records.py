"""What a nameserver can tell, without the library that asks it."""

from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

T = TypeVar("T")

AddressKind = Literal["A", "AAAA"]


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One answer; no records at all is an answer too."""

    records: frozenset[T]
    ttl_s: float
    """Seconds until it must be asked again, as received: what a caching
    nameserver has left of it, and the negative TTL when there are no records."""
    exists: bool = True
    """False: there is no such name, for any kind of record."""


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record, RFC 2782."""

    priority: int
    """The lowest number is to be used."""
    port: int
    target: str
    """A name without its last dot; empty: the service is decidedly not there."""
    hints: frozenset[str] = field(default=frozenset(), compare=False)
    """Addresses of the target that came along with the answer, if any did."""


class Questions(Protocol):
    """How to ask; tests answer from memory."""

    async def addresses(self, name: str, kind: AddressKind) -> Found[str]:
        """Return the IPv4 (A) or IPv6 (AAAA) addresses of *name*.

        Raises:
            ResolveFailed: No nameserver gave an answer that can be used.
        """
        ...

    async def services(self, name: str) -> Found[Service]:
        """Return the SRV records at *name*.

        Raises:
            ResolveFailed: No nameserver gave an answer that can be used.
        """
        ...
