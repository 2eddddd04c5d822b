"""From single health checks to the health of a task."""

import enum
from dataclasses import dataclass

from infra.rollout.plan import HealthCheck


class Health(enum.Enum):
    """What ECS says of a task."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


@dataclass(slots=True)
class Judge:
    """Draws the conclusions that ECS draws, see API_HealthCheck.html of its API."""

    check: HealthCheck
    health: Health = Health.UNKNOWN
    failures: int = 0
    """In a row, of those that count."""

    def note(self, *, good: bool, age_s: float) -> Health:
        """Take the outcome of one check, *age_s* after the container's start."""
        if good:
            self.failures = 0
            self.health = Health.HEALTHY
        elif self.health is not Health.UNKNOWN or age_s >= self.check.start_period_s:
            self.failures += 1
            if self.failures >= self.check.retries:
                self.health = Health.UNHEALTHY
        return self.health
