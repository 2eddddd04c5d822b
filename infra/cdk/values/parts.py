"""What surrounds the services: the store, the door, the alarms."""

import ipaddress
import re
from dataclasses import dataclass

from infra.cdk.values.rules import Problems

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
"""RFC 1918, RFC 6598, RFC 4193. `is_private` of the standard library takes 0.0.0.0/0
for private before Python 3.12.4: both of its ends are."""
CERTIFICATE = re.compile(r"(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+)?")


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

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        kinds = ("serverless", "nodes")
        found.unless(self.kind in kinds, "kind", self.kind, " or ".join(kinds))
        known = self.node_type.startswith("cache.")
        found.unless(known, "node_type", self.node_type, "such as cache.t4g.micro")
        found.unless(0 <= self.replicas <= 5, "replicas", self.replicas, "0 to 5")  # noqa: PLR2004 - ElastiCache's bounds
        found.end()


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
    """Networks that may knock."""

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
