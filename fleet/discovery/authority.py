"""The parts of a target: addresses, ports and names, parsed strictly.

Every function raises `ValueError` with a sentence about what is wrong.
"""

import ipaddress
import re

from fleet.endpoint import Endpoint

_DNS_PORT = 53
_LAST_PORT = 65535
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
"""Characters of a name without its last dot, RFC 1035 section 2.3.4."""


def endpoint(text: str) -> Endpoint:
    """Parse `10.0.0.1:5000` or `[::1]:5000`; a host name is refused."""
    host, port = _split(text)
    if port is None:
        raise ValueError(f"{text!r} has no port")
    return Endpoint(_address(host), _port(port))


def service(text: str) -> tuple[str, int | None]:
    """Parse `game-server.local:5000`; without a port, SRV records will tell it."""
    host, port = _split(text)
    if _is_address(host):
        raise ValueError(f"{host} is an address and not a name, so use fixed://")
    return _name(host), None if port is None else _port(port)


def nameservers(text: str) -> tuple[Endpoint, ...]:
    """Parse `127.0.0.1:5300,[::1]`; nothing means those of the system."""
    return tuple(_nameserver(part) for part in text.split(",")) if text else ()


def _nameserver(text: str) -> Endpoint:
    host, port = _split(text)
    if not _is_address(host):
        raise ValueError(f"nameserver {host!r} is not an IP address")
    return Endpoint(_address(host), _DNS_PORT if port is None else _port(port))


def _split(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not an address in brackets")
        return host, rest[1:] if rest else None
    if text.count(":") > 1:
        raise ValueError(f"{text!r} looks like IPv6, which stands in brackets")
    host, colon, port = text.partition(":")
    return host, port if colon else None


def _port(text: str) -> int:
    # Not `int(text)` alone: it also takes "+5_0" and the digits of every script.
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) <= _LAST_PORT:
        raise ValueError(f"port {text!r} is not a number from 1 to 65535")
    return int(text)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        reason = f"{text!r} is not an IP address; for a host name use dns://"
        raise ValueError(reason) from None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _name(text: str) -> str:
    name = text.removesuffix(".").lower()
    if not name:
        raise ValueError("there is no host name")
    if not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{text!r} is not a host name")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"the host name has {len(name)} characters, the most is 253")
    if name.rpartition(".")[2].isdigit():
        raise ValueError(f"{text!r} is neither an IP address nor a host name")
    return name
