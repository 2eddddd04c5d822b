"""What both kinds of store are given."""

from collections.abc import Sequence
from dataclasses import dataclass

PORT = 6379
"""Serverless reads from replicas at 6380, which nobody here does: it stays shut."""
SNAPSHOT_DAYS = 7
SNAPSHOT_UTC = "03:00"
"""When few play in Europe; a snapshot of nodes is taken within an hour from then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a store is, and who it lets in."""

    name: str
    """Of the cache, fixed: a change that would replace it fails, and loses nothing."""
    subnets: Sequence[str]
    security_group: str
    user_group: str
    keep_data: bool
