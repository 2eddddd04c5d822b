"""What one lookup knows of a service from one question to the next."""

import logging
from collections.abc import Iterable

from fleet.discovery.clock import Clock
from fleet.discovery.cloudmap.api import MOST, Api, Instance, Listing
from fleet.discovery.cloudmap.instances import endpoint_of
from fleet.discovery.cloudmap.place import Place
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed

log = logging.getLogger(__name__)


class Register:
    """The newest listing, and when to ask for the next.

    Not for two threads at once.

    Args:
        api: How to ask.
        place: Which service; for messages, and for its port.
        full_every_s: The health of an instance does not move the revision, so
            the full question is asked this often whatever the revision says.
        clock: How old the listing is.
    """

    def __init__(
        self, api: Api, place: Place, *, full_every_s: float, clock: Clock
    ) -> None:
        self._api = api
        self._place = place
        self._full_every_s = full_every_s
        self._clock = clock
        self._known: frozenset[Endpoint] = frozenset()
        self._revision: int | None = None
        self._listed_at: float | None = None
        self._said: frozenset[str] = frozenset()

    def endpoints(self) -> frozenset[Endpoint]:
        """Ask, cheaply if that will do, and return every endpoint.

        Raises:
            ResolveFailed: No answer, or one in which nobody can be called.
        """
        asked_at, revision = self._clock.now(), None
        if self._is_young(asked_at):
            revision = self._api.revision()
            if revision == self._revision:
                return self._known
        listing = self._api.instances()
        self._known = self._usable(listing)
        # An emulator may not tell it; then what was asked just before is kept.
        told = listing.revision
        self._revision = revision if told is None else told
        self._listed_at = asked_at
        return self._known

    def _is_young(self, now: float) -> bool:
        at = self._listed_at
        return at is not None and now - at < self._full_every_s

    def _usable(self, listing: Listing) -> frozenset[Endpoint]:
        found: set[Endpoint] = set()
        problems = [] if listing.missing is None else [listing.missing]
        for instance in listing.instances:
            try:
                found.add(endpoint_of(instance, self._place.port))
            except ValueError as error:
                problems.append(f"instance {instance.name}: {error}")
        if listing.instances and not found:
            # Nobody who can be called is not the same as nobody.
            raise ResolveFailed(str(self._place), self._advice(problems))
        self._say([*problems, *_limit(listing.instances)])
        return frozenset(found)

    def _advice(self, problems: list[str]) -> str:
        port = "" if self._place.port else f"; say the port: {self._place}:5000"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}{port}"

    def _say(self, problems: Iterable[str]) -> None:
        """Log each once, until it has gone away."""
        now = frozenset(problems)
        for problem in sorted(now - self._said):
            log.warning("%s: %s", self._place, problem)
        self._said = now


def _limit(instances: tuple[Instance, ...]) -> list[str]:
    if len(instances) < MOST:
        return []
    return [f"{MOST} instances, the most that are listed; more would be unseen"]
