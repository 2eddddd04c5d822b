"""From one DNS packet to the next, by dnspython."""

import functools
import logging
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from fleet.local.dns.answers import Record, Reply, Source

log = logging.getLogger(__name__)

LARGEST = 65535
"""Bytes of a message over TCP."""
_UDP_WITHOUT_EDNS = 512
_UDP_WITH_EDNS = 1232
"""The most that is sent over UDP, whatever the client would take: any path
carries it in one piece, and nobody can use us to flood a third party."""
_HEADER = 12
_RESPONSE = 0x80  # of byte 2
_OPCODE = 0x78
_RECURSE = 0x01


def respond(packet: bytes, source: Source, *, over_tcp: bool) -> bytes | None:
    """Return the response to *packet*, or None if it deserves none.

    None is for what is shorter than a header, and for responses: to answer one
    would let two nameservers talk to each other for ever.
    """
    if len(packet) < _HEADER or packet[2] & _RESPONSE:
        return None
    if packet[2] & _OPCODE:
        return _header(packet, dns.rcode.NOTIMP)
    try:
        query = dns.message.from_wire(packet)
    except Exception:  # noqa: BLE001 - whatever a hostile packet does to the parser
        return _header(packet, dns.rcode.FORMERR)
    if len(query.question) != 1:
        return _header(packet, dns.rcode.FORMERR)
    try:
        response = _response(query, source)
        most = LARGEST if over_tcp else _room(query)
        return response.to_wire(max_size=most, prefer_truncation=True)
    except Exception:
        log.exception("bug in answering %s", query.question[0])
        return _header(packet, dns.rcode.SERVFAIL)


def _header(packet: bytes, rcode: int) -> bytes:
    """Return a response without any section."""
    flags = _RESPONSE | packet[2] & (_OPCODE | _RECURSE)
    return packet[:2] + bytes([flags, rcode]) + bytes(8)


def _room(query: dns.message.Message) -> int:
    if query.edns < 0:
        return _UDP_WITHOUT_EDNS
    return min(query.payload, _UDP_WITH_EDNS)


def _response(query: dns.message.Message, source: Source) -> dns.message.Message:
    response = dns.message.make_response(query, our_payload=_UDP_WITH_EDNS)
    if query.edns > 0:
        response.set_rcode(dns.rcode.BADVERS)
        return response
    question = query.question[0]
    meta = dns.rdatatype.is_metatype(question.rdtype)
    any_ = question.rdtype == dns.rdatatype.ANY
    if question.rdclass != dns.rdataclass.IN or (meta and not any_):
        response.set_rcode(dns.rcode.REFUSED)
        return response
    reply = _first_kind(question, source) if any_ else _asked(question, source)
    response.set_rcode(dns.rcode.Rcode(reply.rcode))
    response.flags |= dns.flags.AA if reply.authoritative else dns.flags.RA
    response.answer = list(_rrsets(reply.answer, question.name))
    response.authority = list(_rrsets(reply.authority, question.name))
    response.additional = list(_rrsets(reply.additional, question.name))
    return response


def _asked(question: dns.rrset.RRset, source: Source) -> Reply:
    kind = dns.rdatatype.to_text(question.rdtype)
    return source.reply(_text(question.name), kind)


def _first_kind(question: dns.rrset.RRset, source: Source) -> Reply:
    """Answer a question for ANY with one kind of records, as RFC 8482 allows."""
    for kind in ("A", "AAAA", "SOA"):
        reply = source.reply(_text(question.name), kind)
        if reply.answer:
            break
    return reply


def _rrsets(
    records: tuple[Record, ...], asked: dns.name.Name
) -> Iterator[dns.rrset.RRset]:
    sets: dict[tuple[str, str, int], list[dns.rdata.Rdata]] = {}
    for record in records:
        owner = (record.name, record.kind, record.ttl_s)
        sets.setdefault(owner, []).append(_rdata(record.kind, record.text))
    for (text, _, ttl_s), rdatas in sets.items():
        # The asker's own spelling: some compare it, as a guard against forgery.
        name = asked if text == _text(asked) else _name(text)
        yield dns.rrset.from_rdata_list(name, ttl_s, rdatas)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


@functools.lru_cache(maxsize=4096)
def _rdata(kind: str, text: str) -> dns.rdata.Rdata:
    return dns.rdata.from_text("IN", kind, text)


@functools.lru_cache(maxsize=4096)
def _name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)
