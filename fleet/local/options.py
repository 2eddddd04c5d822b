"""Everything tunable of a fleet on one machine."""

from dataclasses import dataclass, field
from pathlib import Path

from fleet.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeOptions:
    """The pace of one task's life, in seconds."""

    linger_s: float = 2.0
    """Keeps answering after SIGTERM: two times the TTL, so that every client
    that asks DNS has heard."""
    grace_s: float = 5.0
    """For calls in flight after that."""
    margin_s: float = 2.0
    """What a task gets beyond linger_s + grace_s before it is killed."""
    starting_every_s: float = 0.05
    """Between two probes of a task that starts: `fleet up` should not wait."""
    probe_every_s: float = 1.0
    probe_timeout_s: float = 1.0
    most_failures: int = 3
    """Failed probes in a row after which a task is replaced."""
    start_timeout_s: float = 30.0
    """A task that is not healthy by then is replaced."""

    @property
    def stop_timeout_s(self) -> float:
        """Seconds between SIGTERM and SIGKILL."""
        return self.linger_s + self.grace_s + self.margin_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where the fleet lives on this machine, and how its DNS behaves."""

    first_host: str = "127.0.0.1"
    """Tasks get this address, the next one, and so on."""
    dns: Endpoint = field(default_factory=lambda: Endpoint("127.0.0.1", 5300))
    domain: str = "local"
    ttl_s: int = 1
    propagation_s: float = 0.0
    """Seconds that a change takes to show in DNS, as Route 53 does."""
    one_address: bool = False
    """All tasks on first_host with ports of their own, found through SRV."""
    tls: bool = False
    """Everything over mutual TLS, by an authority that lives as long as the fleet."""
    store: str | None = None
    """Address of a Redis that somebody runs; None: one of our own, if it is needed."""
    data: Path = field(default_factory=lambda: Path(".fleet/store").absolute())
    """Where our own keeps its data; they outlive the fleet."""
    life: LifeOptions = field(default_factory=LifeOptions)
