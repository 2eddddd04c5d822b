"""What a deployment deploys, and how it fares."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of the task definition."""

    number: int
    changes: Mapping[str, str] = field(default_factory=dict)
    """Variables that differ from the template's."""


class Rollout(enum.Enum):
    """`rolloutState` of a deployment."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(slots=True)
class Deployment:
    """A revision on its way to all tasks."""

    revision: Revision
    max_percent: int
    state: Rollout = Rollout.IN_PROGRESS
    failures: int = 0
    """Tasks in a row that failed before they were healthy."""
