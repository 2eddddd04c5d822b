"""The addresses of a name, of whichever kind it has."""

from collections.abc import Awaitable, Callable

from fleet.discovery.dns.records import AddressKind, Found

Ask = Callable[[str, AddressKind], Awaitable[Found[str]]]


async def hosts_of(name: str, ask: Ask) -> Found[str]:
    """Return the IPv4 addresses of *name*, or else its IPv6 addresses.

    Never both: a task that has one of each must not count twice.

    Raises:
        ResolveFailed: From *ask*.
    """
    if is_localhost(name):
        return Found(frozenset({"127.0.0.1"}), float("inf"))
    four = await ask(name, "A")
    if four.records or not four.exists:
        return four
    six = await ask(name, "AAAA")
    if six.records:
        return six
    return Found(six.records, min(four.ttl_s, six.ttl_s), six.exists)


def is_localhost(name: str) -> bool:
    """Tell whether *name* is this machine, which is no business of DNS.

    RFC 6761 section 6.3: `localhost` and all names beneath it.
    """
    return name == "localhost" or name.endswith(".localhost")
