"""What all services of one fleet stand on."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from fleet.endpoint import Endpoint
from fleet.local.logs.journal import Journal
from fleet.local.options import LifeOptions
from fleet.local.tasks.pulse import Pulse
from fleet.local.tasks.task import Probe
from fleet.local.tls.certificates import Certificates


class Registry(Protocol):
    """Where tasks are found; the zone of the nameserver is one."""

    def register(self, service: str, endpoint: Endpoint) -> None:
        """Add *endpoint* to the answers for *service*."""

    def deregister(self, service: str, endpoint: Endpoint) -> None:
        """Take it out again; without effect when it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Shared by every service, owned by the supervisor."""

    registry: Registry
    journal: Journal
    probes: Mapping[str, Probe]
    """By what a plan calls them."""
    life: LifeOptions
    leash: int
    """Read end of the pipe that tells tasks that the supervisor is gone."""
    env: Mapping[str, str]
    """What tasks inherit."""
    store: str
    """Address of the fleet's store; empty where there is none."""
    tls: Certificates | None
    """None in a fleet without encryption."""
    target: Callable[[str], str]
    """From the name of a service to where clients find it."""
    places: Callable[[int], Iterator[Endpoint]]
    """Candidates for a task that wants this port, best first."""
    taken: Container[Endpoint]
    """Endpoints that tasks of any service have now."""
    pulse: Pulse
    """Beats whenever a task or a goal has changed."""
