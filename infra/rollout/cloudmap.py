"""Cloud Map's list of one service, which believes a health only after a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Reply
from fleet.local.dns.zone import Zone
from infra.rollout.aws import PROPAGATION_S, STATUS_CHANGE_S


@dataclass(slots=True)
class CloudMap:
    """The list of one service, and what a nameserver can serve.

    ECS registers a task when it starts, as unhealthy, and tells of its health
    afterwards. So DNS has a new task only `STATUS_CHANGE_S` after its first good
    check, unless all are new: then it shows the unhealthy ones. See
    https://github.com/aws/containers-roadmap/issues/830
    """

    zone: Zone
    """Of a propagation of `PROPAGATION_S`."""
    service: str
    ttl_s: float
    clock: Callable[[], float] = time.monotonic
    """Seconds since some moment."""
    seen_at: float = -1.0
    """When every caller behind a cache sees the last (de)registration."""
    _told: dict[Endpoint, tuple[float, bool]] = field(default_factory=dict)
    _listed: set[Endpoint] = field(default_factory=set)

    def register(self, endpoint: Endpoint) -> None:
        """List *endpoint*, as not healthy yet."""
        self._listed.add(endpoint)
        self.zone.register(self.service, endpoint)
        self.zone.set_health(self.service, endpoint, healthy=False)
        self._changed()

    def report(self, endpoint: Endpoint, *, healthy: bool) -> None:
        """Believe in a health after `STATUS_CHANGE_S`."""
        self._told[endpoint] = (self.clock() + STATUS_CHANGE_S, healthy)

    def deregister(self, endpoint: Endpoint) -> None:
        """List *endpoint* no more; asked twice, nothing happens."""
        if endpoint in self._listed:
            self._listed.remove(endpoint)
            self._told.pop(endpoint, None)
            self.zone.deregister(self.service, endpoint)
            self._changed()

    def calm(self) -> None:
        """Believe everything at once, as after a long calm."""
        self._believe(float("inf"))

    def reply(self, name: str, kind: str) -> Reply:
        """Answer one question, see `fleet.local.dns.answers.Source`."""
        self._believe(self.clock())
        return self.zone.reply(name, kind)

    def _believe(self, now: float) -> None:
        due = [(at, e, good) for e, (at, good) in self._told.items() if at <= now]
        for _, endpoint, healthy in due:
            del self._told[endpoint]
            self.zone.set_health(self.service, endpoint, healthy=healthy)

    def _changed(self) -> None:
        self.seen_at = self.clock() + PROPAGATION_S + self.ttl_s
