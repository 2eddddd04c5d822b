"""What a service stands on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from fleet.endpoint import Endpoint
from infra.rollout.task import Clock, Run


class Registry(Protocol):
    """Where tasks are listed."""

    def register(self, endpoint: Endpoint) -> None:
        """List *endpoint*, as not healthy yet."""

    def report(self, endpoint: Endpoint, *, healthy: bool) -> None:
        """Tell of a health, which takes its time to be believed."""

    def deregister(self, endpoint: Endpoint) -> None:
        """List *endpoint* no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a service stands on."""

    registry: Registry
    run: Run
    places: Iterator[Endpoint]
    """An address for each new task, none twice: DNS may still show the old one."""
    clock: Clock
    say: Callable[[str], None] = lambda _: None
    """Told what happens."""
