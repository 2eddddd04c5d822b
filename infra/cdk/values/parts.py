"""What surrounds the services: the store, the door, the alarms."""

import ipaddress
import re
from dataclasses import dataclass

from infra.cdk.values.rules import Problems

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""RFC 1918, RFC 6598, RFC 4193. `is_private` of the standard library takes 0.0.0.0/0
for private before Python 3.12.4: both of its ends are."""
SMALL = "a private network, or 256 addresses, where there is no certificate_arn"
CERTIFICATE = re.compile(r"(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+)?")
DURABILITIES = ("disabled", "async", "sync")
DURABLE_NODE = re.compile(r"cache\.(r6g|r7g|r8g|m6g|m7g|m8g|c7gn|c8gn)\.\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """The Valkey that keeps the rankings.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    kind: str = "serverless"
    """serverless: paid by use; nodes: machines of a size of ours."""
    node_type: str = "cache.t4g.micro"
    """Of nodes."""
    replicas: int = 1
    """Of nodes: in other zones, one takes over when the primary is lost."""
    durability: str = "disabled"
    """Of nodes. sync: a score is answered when a log in two zones has it (some ms);
    async: at once, and up to 10 s are lost with a shard. It cannot be switched on or
    off later: docs.aws.amazon.com/AmazonElastiCache/latest/dg/durability.html."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        kinds = ("serverless", "nodes")
        found.unless(self.kind in kinds, "kind", self.kind, " or ".join(kinds))
        known = self.node_type.startswith("cache.")
        found.unless(known, "node_type", self.node_type, "such as cache.t4g.micro")
        found.unless(0 <= self.replicas <= 5, "replicas", self.replicas, "0 to 5")  # noqa: PLR2004 - ElastiCache's bounds
        self._check_durability(found)
        found.end()

    def _check_durability(self, found: Problems) -> None:
        allowed = f"one of {', '.join(DURABILITIES)}"
        known = self.durability in DURABILITIES
        found.unless(known, "durability", self.durability, allowed)
        if self.durability == "disabled":
            return
        durable = self.kind == "nodes" and self.replicas > 0
        durable = durable and bool(DURABLE_NODE.fullmatch(self.node_type))
        needs = "disabled without nodes of 1 replica or more, of a type such as"
        found.unless(durable, "durability", self.durability, f"{needs} cache.m7g.large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The way in from outside.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    certificate_arn: str = ""
    """Empty: plain HTTP."""
    grpc: bool = False
    """gRPC callers from outside too; needs the certificate."""
    allow_from: tuple[str, ...] = ("10.0.0.0/8",)
    """Networks that may knock; without a certificate private ones, and small ones
    such as an office's: what is said in plain HTTP is read on the way."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        arn = self.certificate_arn
        fits = CERTIFICATE.fullmatch(arn) is not None
        found.unless(fits, "certificate_arn", arn, "arn:aws:acm:REGION:ACCOUNT:...")
        needs = "false without a certificate_arn"
        found.unless(bool(arn) or not self.grpc, "grpc", self.grpc, needs)
        for network in self.allow_from:
            fits = _is_network(network)
            found.unless(fits, "allow_from", network, "networks such as 10.0.0.0/8")
            few = not fits or bool(arn) or _is_private(network) or _is_small(network)
            found.unless(few, "allow_from", network, SMALL)
        found.end()

    @property
    def public(self) -> bool:
        """Whether a network outside may knock: only then there are public addresses.

        Who is inside could not use them: what comes from 10.0.0.0/8 by way of a public
        address has lost its own on the way.
        """
        return not all(map(_is_private, self.allow_from))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Who is told.

    Raises:
        ValueError: Not an address.
    """

    email: str = ""
    """Empty: nobody by mail; the topic is there for other subscribers."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        fits = not self.email or re.fullmatch(r"[^@\s]+@[^@\s]+", self.email)
        found.unless(bool(fits), "email", self.email, "an address, or empty")
        found.end()


def _is_private(text: str) -> bool:
    network = ipaddress.ip_network(text)
    inside = (ipaddress.ip_network(each) for each in PRIVATE)
    return any(
        network.subnet_of(each)  # type: ignore[arg-type]
        for each in inside
        if each.version == network.version
    )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_small(text: str) -> bool:
    network = ipaddress.ip_network(text)
    return network.num_addresses <= 2 ** (8 if network.version == 4 else 64)  # noqa: PLR2004 - as in IPv4
