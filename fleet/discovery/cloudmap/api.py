"""What Cloud Map can tell, without the library that asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

MOST = 1000
"""Instances in a listing; there is no next page (`MaxResults` of
DiscoverInstances). A service has no more either: a quota, not adjustable."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One registered instance."""

    name: str
    """Its id; for a task of ECS the task's id."""
    attributes: Mapping[str, str]
    """At most 30, those that Cloud Map knows by name (`AWS_INSTANCE_IPV4`) and
    those of whoever registered it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete answer."""

    instances: tuple[Instance, ...]
    revision: int | None = None
    """Of the service's instances; None where the answer does not say it."""
    missing: str | None = None
    """Why there is nobody: no such namespace, no such service."""


class Api(Protocol):
    """The two questions; both block. Tests answer from memory."""

    def revision(self) -> int | None:
        """Return a number that moves with every (de)registration; cheap.

        It does not move with the health of an instance (API reference,
        DiscoverInstancesRevision). None: no such namespace or service.

        Raises:
            ResolveFailed: No answer.
            Throttled: Too many questions, of the whole account.
        """
        ...

    def instances(self) -> Listing:
        """Return every healthy instance, or all of them if none is healthy.

        Raises:
            ResolveFailed: No answer.
            Throttled: Too many questions, of the whole account.
        """
        ...
