"""Asking nameservers, by dnspython."""

from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

from fleet.discovery.dns import replies
from fleet.discovery.dns.nameserver import Nameserver
from fleet.discovery.dns.records import AddressKind, Found, Service
from fleet.discovery.dns.trouble import reason
from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed

_NAMESERVER_S = 1.0
"""For one nameserver before the next is asked; in a VPC answers take 1 ms."""
_QUESTION_S = 2.2
"""For one question to all nameservers. Enough to ask each of two once, and below
the 3 s of a whole lookup, so that our words, which name them, come out."""
_UDP_BYTES = 1232
"""The largest answer over UDP, which any path carries in one piece (DNS flag day
2020). Longer ones come over TCP."""


class Resolver:
    """`Questions` to a list of nameservers, or to those of the system.

    Nameservers are tried in order, except that one which failed goes to the end:
    a dead one must not cost a second of every question.

    Args:
        nameservers: None: those of the system.
        system: The file that names them.
        system_port: Where they listen; the file cannot tell.
    """

    def __init__(
        self,
        nameservers: Sequence[Endpoint] = (),
        *,
        system: str = "/etc/resolv.conf",
        system_port: int = 53,
    ) -> None:
        self._given = tuple(nameservers)
        self._system = system
        self._system_port = system_port
        self._made: dns.asyncresolver.Resolver | None = None
        self._nameservers: list[Nameserver] = []

    async def addresses(self, name: str, kind: AddressKind) -> Found[str]:
        """Return the addresses of *name*, see `Questions`."""
        return replies.addresses(await self._ask(name, kind))

    async def services(self, name: str) -> Found[Service]:
        """Return the SRV records at *name*, see `Questions`."""
        return replies.services(await self._ask(name, "SRV"))

    async def _ask(self, name: str, kind: str) -> replies.Reply:
        try:
            # A name without a dot means a neighbour, in the system's domains.
            search = not self._given and "." not in name
            answer = await self._resolver().resolve(
                dns.name.from_text(name, None if search else dns.name.root),
                kind,
                raise_on_no_answer=False,
                lifetime=_QUESTION_S,
                search=search,
            )
            return replies.read(name, answer)
        except dns.resolver.NXDOMAIN as error:
            return replies.no_such_name(error)
        except (dns.exception.DNSException, OSError) as error:
            self._made = None if not self._given else self._made
            raise ResolveFailed(name, reason(error)) from error

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Return dnspython's resolver, with nameservers that failed at the end.

        Those of the system are read again after every failure, because a laptop
        changes networks.
        """
        if self._made is None:
            self._made = self._make()
        self._nameservers.sort(key=lambda each: each.failed)
        self._made.nameservers = self._nameservers
        return self._made

    def _make(self) -> dns.asyncresolver.Resolver:
        made = dns.asyncresolver.Resolver(self._system, configure=not self._given)
        system = [Endpoint(str(host), self._system_port) for host in made.nameservers]
        nameservers = self._given or system
        self._nameservers = [Nameserver(each.host, each.port) for each in nameservers]
        made.timeout = _NAMESERVER_S
        made.rotate = False  # the order is ours
        made.use_edns(0, 0, _UDP_BYTES)
        return made
