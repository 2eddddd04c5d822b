"""From the URL of a service to the lookup that finds it."""

import importlib.util
from collections.abc import Callable

from fleet.discovery import authority
from fleet.discovery.fixed import fixed
from fleet.discovery.lookup import Lookup
from fleet.errors import BadTarget

FIXED_EXAMPLE = "fixed://10.0.0.1:5000,[::1]:5000"
DNS_EXAMPLE = "dns://game-server.local:5000 or dns://127.0.0.1:5300/game-server.local"

CLOUDMAP_EXAMPLE = "cloudmap://local/game-server:5000"


def lookup_for(target: str) -> Lookup:
    """Return the lookup that *target* names.

    `fixed://10.0.0.1:5000,[::1]:5000`
        Exactly these IP addresses.
    `dns://game-server.local:5000`
        Every address of the name, asked of the system's nameservers.
    `dns://127.0.0.1:5300/game-server.local:5000`
        The same, asked of this nameserver; several are separated by commas and
        tried in order, IPv6 stands in brackets, the port is 53 if none is given.
    `dns://game-server.local`, `dns://127.0.0.1:5300/game-server.local`
        SRV records at that very name, which give the ports too.
    `cloudmap://local/game-server:5000`
        Every instance of a service in a namespace, asked of Cloud Map's API; the
        port is for those that tell none themselves. Behind `?`, joined by `&`:
        `region=eu-west-1`, `endpoint=http://127.0.0.1:4566`,
        `inject_host_prefix=false` for an emulator that is no IP address, and
        `attribute.NAME=VALUE`, which instances must have. It needs boto3.

    Raises:
        BadTarget: With what is wrong and an example of what is right.
    """
    scheme, separator, rest = target.partition("://")
    known = ", ".join(f"{name}://" for name in _SCHEMES)
    if not separator:
        raise BadTarget(target, f"it does not start with one of {known}", DNS_EXAMPLE)
    if scheme.lower() not in _SCHEMES:
        reason = f"{scheme}:// is not known; there is {known}"
        raise BadTarget(target, reason, DNS_EXAMPLE)
    example, make = _SCHEMES[scheme.lower()]
    try:
        return make(rest)
    except ValueError as error:
        raise BadTarget(target, str(error), example) from error


def _fixed(rest: str) -> Lookup:
    return fixed(authority.endpoint(part) for part in rest.split(","))


def _dns(rest: str) -> Lookup:
    # dnspython takes some 80 ms to import; only here is it used.
    from fleet.discovery.dns.lookup import dns  # noqa: PLC0415 - see the line above

    before, slash, after = rest.partition("/")
    name, port = authority.service(after if slash else before)
    return dns(name, port, nameservers=authority.nameservers(before if slash else ""))


def _cloudmap(rest: str) -> Lookup:
    # As few imports as possible for those who find their services otherwise.
    from fleet.discovery.cloudmap.lookup import cloudmap  # noqa: PLC0415 - see above
    from fleet.discovery.cloudmap.place import place  # noqa: PLC0415 - see above

    found = place(rest)
    if importlib.util.find_spec("boto3") is None:
        reason = "it needs boto3, which is not installed"
        raise BadTarget(str(found), reason, "pip install 'grpc-fleet[aws]'")
    return cloudmap(found)


_SCHEMES: dict[str, tuple[str, Callable[[str], Lookup]]] = {
    "dns": (DNS_EXAMPLE, _dns),
    "fixed": (FIXED_EXAMPLE, _fixed),
    "cloudmap": (CLOUDMAP_EXAMPLE, _cloudmap),
}
"""An example, and what makes a lookup of the text after `scheme://` or raises
`ValueError` with the reason why it cannot."""
