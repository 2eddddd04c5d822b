"""A zone of services that answers as Cloud Map does."""

import ipaddress
import random
import time
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Rcode, Record, Reply
from fleet.local.dns.membership import Membership

T = TypeVar("T")

SHOWN = 8
"""Records that Cloud Map puts into one answer at most."""
_NEGATIVE_TTL_S = 1
"""Cloud Map's own may be 900 s; here a task that comes back is found soon."""
_RNG = random.SystemRandom()


class Zone:
    """The services of one domain, each with its endpoints and their health.

    An answer holds up to 8 healthy records in random order; if nobody is
    healthy, up to 8 of the others, because a check that fails everywhere is
    more likely wrong than right. A service without endpoints does not exist.

    Names are `<service>.<domain>` with A, AAAA and SRV records; the targets of
    SRV are names beneath it, such as `ip-127-0-0-1.game-server.local`.

    Args:
        domain: Without a dot at either end.
        ttl_s: Seconds, of every record.
        propagation_s: Seconds until a change is seen in answers; in the cloud
            that takes a few.
        rng: Chooses the records of an answer.
        clock: Seconds since some moment.
    """

    def __init__(
        self,
        domain: str = "local",
        *,
        ttl_s: int = 1,
        propagation_s: float = 0.0,
        rng: random.Random = _RNG,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._domain = domain.lower()
        self._ttl_s = ttl_s
        self._rng = rng
        self._known = Membership(propagation_s, clock)

    def register(self, service: str, endpoint: Endpoint) -> None:
        """Add a healthy endpoint; once more, and it is healthy again."""
        self._known.put(service.lower(), endpoint)

    def deregister(self, service: str, endpoint: Endpoint) -> None:
        """Remove an endpoint; one that is not there is no mistake."""
        self._known.remove(service.lower(), endpoint)

    def set_health(self, service: str, endpoint: Endpoint, *, healthy: bool) -> None:
        """Note what a health check found; of an unknown endpoint, nothing."""
        self._known.mark(service.lower(), endpoint, healthy=healthy)

    def reply(self, name: str, kind: str) -> Reply:
        """Answer one question, see `Source`."""
        if name == self._domain:
            return self._at_the_apex(kind)
        if not name.endswith(f".{self._domain}"):
            return Reply(Rcode.REFUSED)
        service = name.removesuffix(f".{self._domain}")
        host, _, owner = service.rpartition(".")
        if not host:
            return self._of_service(name, service, kind)
        return self._of_target(name, host, owner, kind)

    def _at_the_apex(self, kind: str) -> Reply:
        if kind == "SOA":
            return Reply(Rcode.NOERROR, (self._soa(),))
        if kind == "NS":
            text = "localhost."  # where this nameserver runs
            ns = Record(self._domain, "NS", self._ttl_s, text)
            return Reply(Rcode.NOERROR, (ns,))
        return self._nothing(Rcode.NOERROR)

    def _of_service(self, name: str, service: str, kind: str) -> Reply:
        members = self._known.members(service)
        if not members:
            return self._nothing(Rcode.NXDOMAIN)
        if kind == "SRV":
            return self._srv(name, self._some(members))
        return self._addresses(name, members, kind)

    def _of_target(self, name: str, host: str, service: str, kind: str) -> Reply:
        # Whatever its health: who was told the name may ask for its address.
        everybody = self._known.everybody(service)
        named = [endpoint for endpoint in everybody if _label(endpoint.host) == host]
        if not named:
            return self._nothing(Rcode.NXDOMAIN)
        return self._addresses(name, named, kind)

    def _addresses(self, name: str, members: Iterable[Endpoint], kind: str) -> Reply:
        # Several tasks on one address are one record; a dict keeps them so.
        hosts = dict.fromkeys(e.host for e in members if _kind(e.host) == kind)
        if not hosts:
            return self._nothing(Rcode.NOERROR)
        return Reply(
            Rcode.NOERROR,
            tuple(Record(name, kind, self._ttl_s, h) for h in self._some(hosts)),
        )

    def _srv(self, name: str, members: list[Endpoint]) -> Reply:
        def target(endpoint: Endpoint) -> str:
            return f"{_label(endpoint.host)}.{name}"

        answer = (
            Record(name, "SRV", self._ttl_s, f"1 1 {e.port} {target(e)}.")
            for e in members
        )
        additional = dict.fromkeys(
            Record(target(e), _kind(e.host), self._ttl_s, e.host) for e in members
        )
        return Reply(Rcode.NOERROR, tuple(answer), (), tuple(additional))

    def _some(self, members: Collection[T]) -> list[T]:
        return self._rng.sample(list(members), min(SHOWN, len(members)))

    def _nothing(self, rcode: Rcode) -> Reply:
        return Reply(rcode, (), (self._soa(),))

    def _soa(self) -> Record:
        text = f"localhost. hostmaster.{self._domain}. 1 60 60 60 {_NEGATIVE_TTL_S}"
        return Record(self._domain, "SOA", _NEGATIVE_TTL_S, text)


def _kind(host: str) -> str:
    return "AAAA" if ":" in host else "A"


def _label(host: str) -> str:
    """Return a label that stands for an address: `ip-10-0-0-1`, `ip6-...`."""
    address = ipaddress.ip_address(host)
    if address.version == 4:  # noqa: PLR2004 - it is the name of the protocol
        return "ip-" + host.replace(".", "-")
    return "ip6-" + address.packed.hex()
