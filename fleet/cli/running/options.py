"""The options of `fleet up` that say where, and how DNS behaves."""

import argparse
import ipaddress

from fleet.endpoint import Endpoint
from fleet.local.options import LifeOptions, Options

DAY_S = 86_400
LEAST_LINGER_TTLS = 2
"""A client may ask just before a task leaves, and again one TTL later."""


def local_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    add = parser.add_argument
    add("--ttl", type=ttl, default=1, metavar="S", help="of DNS answers (1)")
    add(
        "--propagation-s",
        type=seconds,
        default=0.0,
        metavar="S",
        help="until a change shows in DNS, as with Route 53 (0)",
    )
    add("--linger-s", type=seconds, metavar="S", help="drain (2 x TTL + propagation)")
    add("--grace-s", type=seconds, default=5.0, metavar="S", help="after that (5)")
    add(
        "--dns",
        type=host_port,
        default=Endpoint("127.0.0.1", 5300),
        metavar="HOST:PORT",
        help="of the nameserver (127.0.0.1:5300)",
    )
    add(
        "--first-address",
        type=ipv4,
        default="127.0.0.1",
        metavar="IP",
        help="of the first task (127.0.0.1)",
    )
    add(
        "--one-address",
        action="store_true",
        help="all tasks on one address, found through SRV (as on macOS)",
    )
    add(
        "--tls",
        action="store_true",
        help="everything over mutual TLS, by an authority that lives as long as this",
    )


def local_options(options: argparse.Namespace) -> Options:
    """Make the fleet's options of what was typed."""
    linger_s = options.linger_s
    if linger_s is None:
        linger_s = LEAST_LINGER_TTLS * options.ttl + options.propagation_s
    return Options(
        first_host=options.first_address,
        dns=options.dns,
        ttl_s=options.ttl,
        propagation_s=options.propagation_s,
        one_address=options.one_address,
        tls=options.tls,
        life=LifeOptions(linger_s=linger_s, grace_s=options.grace_s),
    )


def ttl(text: str) -> int:
    """Parse a TTL: whole seconds from 1 to a day."""
    if not 0 < int(text) <= DAY_S:
        raise ValueError(text)
    return int(text)


def seconds(text: str) -> float:
    """Parse seconds from 0 to a day, which NaN is not."""
    if not 0 <= float(text) <= DAY_S:
        raise ValueError(text)
    return float(text)


def ipv4(text: str) -> str:
    """Parse an IPv4 address; argparse makes a usage error of the failure."""
    address = ipaddress.IPv4Address(text)
    if address.is_unspecified or address.is_multicast:
        raise ValueError(text)
    return str(address)


def host_port(text: str) -> Endpoint:
    """Parse `127.0.0.1:5300`; argparse makes a usage error of the failure."""
    host, _, port = text.rpartition(":")
    if not 0 < int(port) < 65536:  # noqa: PLR2004 - what a port can be
        raise ValueError(text)
    return Endpoint(ipv4(host), int(port))
