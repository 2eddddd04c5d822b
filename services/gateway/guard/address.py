"""Who called, behind the proxies that we trust."""

import functools
import re
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from services.gateway.policy.policy import Network

_Address = IPv4Address | IPv6Address

_MOST_HOPS = 20
"""Of which a header is read; each costs some microseconds."""
_NODE = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}|([^\[\]%]+)")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - of RFC 9110, not a secret
_PAIR = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"([^"\\]*)")\s*')


def client_address(
    peer: str, forwarded_for: str, forwarded: str, trusted: Collection[Network]
) -> str:
    """Return the nearest address that is no proxy of ours.

    A header is read from its end, which our own proxies wrote, and no further than
    the first address that we do not trust: what stands before it anybody may have
    written. What is not an address ends the walk, at the last one that is.

    Args:
        peer: Of the connection; returned as it is where it is no IP address.
        forwarded_for: X-Forwarded-For; counts where both are there, as a proxy
            that sets it usually lets the other one pass.
        forwarded: Forwarded, RFC 7239.
        trusted: Networks of our proxies.
    """
    if not trusted and ":" not in peer:
        return peer
    address = _address(peer)
    if address is None:
        return peer
    if trusted:
        hops = _plain(forwarded_for) if forwarded_for else _elements(forwarded)
        address = _walk(address, hops, trusted)
    return str(address)


def _walk(
    address: _Address, hops: Iterator[str], trusted: Collection[Network]
) -> _Address:
    for hop in hops:
        if not any(address in network for network in trusted):
            break
        before = _address(hop)
        if before is None:
            break
        address = before
    return address


def _plain(header: str) -> Iterator[str]:
    parts = header.rsplit(",", _MOST_HOPS)
    # The first one may be more than one hop: it is beyond what we read.
    yield from reversed(parts if len(parts) <= _MOST_HOPS else parts[1:])


def _elements(header: str) -> Iterator[str]:
    """Yield what stands behind `for`, from the end; what is no element yields "".

    Split at every comma, quoted or not: a value that a caller made the proxy quote
    then breaks its element in two that are none, instead of hiding one.
    """
    yield from map(_for, _plain(header) if header else ())


def _for(element: str) -> str:
    found = []
    for pair in element.split(";"):
        match = _PAIR.fullmatch(pair)
        if match is None:
            return ""
        name, token, quoted = match.groups()
        if name.lower() == "for":
            found.append(token or quoted or "")
    return found[0] if len(found) == 1 else ""


@functools.lru_cache(maxsize=4096)
def _address(text: str) -> _Address | None:
    node = _NODE.fullmatch(text.strip())
    if node is None:
        return None
    try:
        address = ip_address(node[1] or node[2] or node[3])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
