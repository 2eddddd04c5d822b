"""A service as its template describes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.rollout.aws import PROVISION_S, SHORT_PROVISION_S

SPOT = "FARGATE_SPOT"
_LEAST_FAILURES, _MOST_FAILURES = 3, 200
_PERCENT = 100


def at_least(desired: int, percent: int) -> int:
    """Return `minimumHealthyPercent` as a number of tasks: ECS rounds up."""
    return -(-desired * percent // _PERCENT)


def at_most(desired: int, percent: int) -> int:
    """Return `maximumPercent` as a number of tasks: ECS rounds down."""
    return desired * percent // _PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The health check of a container."""

    command: tuple[str, ...]
    """Beginning with CMD or CMD-SHELL."""
    interval_s: float
    """From the start to the first check, and from the end of one to the next."""
    timeout_s: float
    retries: int
    """Failures in a row that make a task unhealthy."""
    start_period_s: float
    """From the start; until then failures do not count, while a success does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When a deployment is given up.

    The numbers are those of docs.aws.amazon.com/AmazonECS/latest/developerguide/
    deployment-circuit-breaker.html.
    """

    enabled: bool
    rollback: bool
    kind: str = "BOUNDED_PERCENT"
    value: int = 50
    """Percent of the desired count; with `COUNT`, failures."""
    resets: bool = True
    """Whether a task that becomes healthy sets the count back to 0."""

    def threshold(self, desired: int) -> int:
        """Return how many failures end a deployment of *desired* tasks."""
        if self.kind == "COUNT":
            return self.value
        share = at_least(desired, self.value)  # rounded up as well
        if self.kind == "UNBOUNDED_PERCENT":
            return share
        return min(max(share, _LEAST_FAILURES), _MOST_FAILURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """One item of a capacity provider strategy."""

    provider: str
    base: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """A service as its template describes it."""

    name: str
    domain: str
    """Of its name in DNS, without a dot at either end."""
    desired: int
    """What it starts with: the least that its scaling allows."""
    largest: int
    """The most that its scaling allows."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """Only what the template itself knows: no secrets, no address of a store."""
    port: int
    check: HealthCheck
    stop_timeout_s: float
    min_percent: int
    max_percent: int
    breaker: Breaker
    ttl_s: int
    zones: tuple[str, ...]
    capacity: tuple[Capacity, ...] = ()
    """Empty: everything on demand."""

    @property
    def provision_s(self) -> float:
        """From a decision to a started container.

        Compressed, unless healthy tasks may be fewer than desired meanwhile, or there
        is only one: then it is as long as callers are left with less, or with nobody.
        """
        kept = self.min_percent >= _PERCENT and self.desired > 1
        return SHORT_PROVISION_S if kept else PROVISION_S

    def provider(self, running: Mapping[str, int]) -> str:
        """Return where the next task goes, by *running* tasks of each provider.

        The base comes first, then whoever has least for its weight:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
        """
        for item in self.capacity:
            if running.get(item.provider, 0) < item.base:
                return item.provider
        weighed = [item for item in self.capacity if item.weight > 0]
        if not weighed:
            return "FARGATE"

        def filled(item: Capacity) -> float:
            return (running.get(item.provider, 0) - item.base + 1) / item.weight

        return min(weighed, key=filled).provider
