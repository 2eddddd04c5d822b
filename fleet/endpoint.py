"""Where one task can be called."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A task's IP address and port, and what is known of the task."""

    host: str
    """An IPv4 or IPv6 address, without brackets."""
    port: int
    zone: str | None = field(default=None, compare=False, repr=False)
    """Where the task runs, such as `eu-west-1a`; None: the source does not tell.
    No part of the task's identity, and neither are its attributes: endpoints
    with the same address and port are equal."""
    attributes: Mapping[str, str] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What else the source tells of the task."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
