"""The lookup that asks DNS."""

import asyncio
import math
from collections.abc import Sequence

from fleet.discovery.clock import Clock, MonotonicClock
from fleet.discovery.dns.crowd import Crowd
from fleet.discovery.dns.hosts import hosts_of, is_localhost
from fleet.discovery.dns.records import AddressKind, Found, Questions, Service
from fleet.discovery.dns.resolver import Resolver
from fleet.discovery.lookup import Answer, Lookup
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed

_LOOKUP_S = 3.0
"""For one whole lookup, however many questions it takes."""
_TARGETS_AT_ONCE = 16
"""Names of SRV records that are asked for side by side; each takes a socket."""
_CLOCK = MonotonicClock()


def dns(
    name: str,
    port: int | None,
    *,
    nameservers: Sequence[Endpoint] = (),
    questions: Questions | None = None,
    clock: Clock = _CLOCK,
) -> Lookup:
    """Return a lookup that asks DNS for every endpoint of *name*.

    No such name and no such record are complete answers, with nothing in them;
    every other trouble is a failure that names the nameservers.

    Args:
        name: Asked as it is; only a name without a dot is searched for in the
            domains of the system.
        port: That every task listens on; None: SRV records tell it.
        nameservers: Tried in order; none: those of the system.
        questions: How to ask, instead of *nameservers*.
        clock: How old an answer is that was given in part.

    Raises:
        ValueError: For `localhost` without a port: nobody could tell it.
    """
    if port is None and is_localhost(name):
        raise ValueError(f"{name} needs a port, such as {name}:5000")
    dialogue = _Dialogue(questions or Resolver(nameservers), clock)

    async def lookup() -> Answer:
        try:
            async with asyncio.timeout(_LOOKUP_S):
                if port is None:
                    return await dialogue.by_service(name)
                return await dialogue.by_address(name, port)
        except TimeoutError:
            reason = f"no complete answer within {_LOOKUP_S:g} s"
            raise ResolveFailed(name, reason) from None

    return lookup


class _Dialogue:
    """All the questions about one name, over many lookups."""

    def __init__(self, questions: Questions, clock: Clock) -> None:
        self._questions = questions
        self._addresses: dict[AddressKind, Crowd[str]] = {
            "A": Crowd(clock),
            "AAAA": Crowd(clock),
        }
        self._services: Crowd[Service] = Crowd(clock)
        self._free = asyncio.Semaphore(_TARGETS_AT_ONCE)

    async def by_address(self, name: str, port: int) -> Answer:
        """Return what the address records of *name* say."""
        hosts = await hosts_of(name, self._meet)
        return Answer(
            frozenset(Endpoint(host, port) for host in hosts.records), hosts.ttl_s
        )

    async def by_service(self, name: str) -> Answer:
        """Return what the SRV records at *name* say."""
        found = await self._services.meet(lambda: self._questions.services(name))
        best = min((service.priority for service in found.records), default=0)
        usable = [
            service
            for service in found.records
            if service.priority == best and service.target and service.port
        ]
        hosts = await asyncio.gather(*map(self._hosts, usable))
        return Answer(
            frozenset(
                Endpoint(host, service.port)
                for service, answer in zip(usable, hosts, strict=True)
                for host in answer.records
            ),
            min([found.ttl_s, *(answer.ttl_s for answer in hosts)]),
        )

    async def _meet(self, name: str, kind: AddressKind) -> Found[str]:
        crowd = self._addresses[kind]
        return await crowd.meet(lambda: self._questions.addresses(name, kind))

    async def _hosts(self, service: Service) -> Found[str]:
        if service.hints:
            return Found(service.hints, math.inf)
        async with self._free:
            return await hosts_of(service.target, self._questions.addresses)
