"""What dnspython brought, in our own words."""

from dataclasses import dataclass
from typing import Any

import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from fleet.discovery.dns.records import Found, Service
from fleet.errors import ResolveFailed


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer with the records that came along with it."""

    records: tuple[Any, ...]
    ttl_s: float
    exists: bool = True
    additional: tuple[Any, ...] = ()


def read(name: str, answer: dns.resolver.Answer) -> Reply:
    """Read an answer that has records, or says that there are none.

    Raises:
        ResolveFailed: It is a referral, or an alias without what it stands for.
            Neither says that there are no records.
    """
    response, ttl_s = answer.response, float(answer.chaining_result.minimum_ttl)
    if answer.rrset is not None:
        return Reply(tuple(answer.rrset), ttl_s, additional=tuple(response.additional))
    kinds = {rrset.rdtype for rrset in response.authority}
    pointer = answer.chaining_result.cnames or dns.rdatatype.NS in kinds
    if pointer and dns.rdatatype.SOA not in kinds:
        reason = f"{answer.nameserver} only points to another nameserver"
        raise ResolveFailed(name, reason)
    return Reply((), ttl_s)


def no_such_name(error: dns.resolver.NXDOMAIN) -> Reply:
    """Read the answer that there is no such name."""
    responses: dict[Any, dns.message.QueryMessage] = error.kwargs["responses"]
    ttls = [float(r.resolve_chaining().minimum_ttl) for r in responses.values()]
    return Reply((), min(ttls), exists=False)


def addresses(reply: Reply) -> Found[str]:
    """Return the addresses of A or AAAA records."""
    found = frozenset(str(record.address) for record in reply.records)
    return Found(found, reply.ttl_s, reply.exists)


def services(reply: Reply) -> Found[Service]:
    """Return the services of SRV records, with what is known of their targets."""
    four = _hints(reply, dns.rdatatype.A)
    hints = _hints(reply, dns.rdatatype.AAAA) | four  # as `hosts_of`: not both
    found = frozenset(
        Service(record.priority, record.port, target, hints.get(target, frozenset()))
        for record in reply.records
        for target in [_text(record.target)]
    )
    return Found(found, reply.ttl_s, reply.exists)


def _hints(reply: Reply, kind: dns.rdatatype.RdataType) -> dict[str, frozenset[str]]:
    return {
        _text(rrset.name): frozenset(str(record.address) for record in rrset)
        for rrset in reply.additional
        if rrset.rdtype == kind
    }


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
