"""What an authority is asked for, and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who a certificate is for."""

    name: str
    """For people; what is checked are the names and addresses below."""
    dns: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    """IP addresses."""
    serves: bool = False
    """Whether it may be shown to callers; everybody may show it to servers."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new certificate and its key, both PEM."""

    cert: bytes
    key: bytes


Issue = Callable[[Subject, datetime, datetime], Issued]
"""Make a certificate that holds from one moment to another."""
