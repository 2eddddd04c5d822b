"""Who belongs to which service, as others can see it by now."""

from collections import deque
from collections.abc import Callable, Collection

from fleet.endpoint import Endpoint

Health = dict[Endpoint, bool]


class Membership:
    """Endpoints and their health, with changes that take time to be seen.

    Args:
        propagation_s: Seconds from a change until `members` shows it.
        clock: Seconds since some moment.
    """

    def __init__(self, propagation_s: float, clock: Callable[[], float]) -> None:
        self._propagation_s = propagation_s
        self._clock = clock
        self._visible: dict[str, Health] = {}
        self._changes: deque[tuple[float, Callable[[], None]]] = deque()

    def put(self, service: str, endpoint: Endpoint) -> None:
        """Add a healthy endpoint."""

        def change() -> None:
            self._visible.setdefault(service, {})[endpoint] = True

        self._later(change)

    def remove(self, service: str, endpoint: Endpoint) -> None:
        """Remove an endpoint, and with the last one its service."""

        def change() -> None:
            members = self._visible.get(service, {})
            members.pop(endpoint, None)
            if not members:
                self._visible.pop(service, None)

        self._later(change)

    def mark(self, service: str, endpoint: Endpoint, *, healthy: bool) -> None:
        """Note the health of an endpoint, if it is there."""

        def change() -> None:
            members = self._visible.get(service, {})
            if endpoint in members:
                members[endpoint] = healthy

        self._later(change)

    def members(self, service: str) -> Collection[Endpoint]:
        """Return the healthy endpoints, or all of them if none is healthy."""
        self._catch_up()
        members = self._visible.get(service, {})
        return [endpoint for endpoint, healthy in members.items() if healthy] or members

    def everybody(self, service: str) -> Collection[Endpoint]:
        """Return all endpoints of a service, whatever their health."""
        self._catch_up()
        return self._visible.get(service, {})

    def _later(self, change: Callable[[], None]) -> None:
        self._changes.append((self._clock() + self._propagation_s, change))

    def _catch_up(self) -> None:
        now = self._clock()
        while self._changes and self._changes[0][0] <= now:
            self._changes.popleft()[1]()
