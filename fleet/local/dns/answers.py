"""What a nameserver says, without packets."""

import enum
from dataclasses import dataclass
from typing import Protocol


class Rcode(enum.IntEnum):
    """How a question went; the numbers are those of DNS."""

    NOERROR = 0
    NXDOMAIN = 3
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record of class IN."""

    name: str
    """In lower case, without the last dot."""
    kind: str
    """`A`, `AAAA`, `SRV`, `SOA` or `NS`."""
    ttl_s: int
    text: str
    """The value as a zone file has it; names in it end with a dot."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one question."""

    rcode: Rcode
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    authoritative: bool = True
    """False: from a cache."""


class Source(Protocol):
    """What a nameserver can serve: a zone, or a cache in front of one."""

    def reply(self, name: str, kind: str) -> Reply:
        """Answer a question of class IN.

        Args:
            name: In lower case, without the last dot; the root is empty.
            kind: Any record type, such as `A` or `TYPE65`.
        """
        ...
