"""What only the gateway needs from its environment."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path

from fleet.discovery.target import lookup_for
from fleet.errors import BadTarget
from fleet.tls.config import TlsConfig
from fleet.tls.files import TlsFiles
from ranking.store.password import password_problems
from services.gateway.policy.policy import Network

HERE = Path(__file__).parent
ROUTES = HERE / "http.yaml"
POLICY = HERE / "gateway.toml"
DESCRIPTORS = HERE.parents[1] / "rpc" / "rpc.binpb"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """What only the gateway needs from its environment.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    targets: str = "dns://game-server.local:5000"
    """What is behind it, as `fleet.connect` takes it; several with spaces between.
    A service that two of them have belongs to the first."""
    routes: str = str(ROUTES)
    """Path of a file in the form of `http.yaml`."""
    policy: str = str(POLICY)
    """Path of a file in the form of `gateway.toml`."""
    descriptors: str = str(DESCRIPTORS)
    """Path of a FileDescriptorSet: what the backends serve, until they say so
    themselves, and the comments, which they do not tell."""
    store: str = field(default="", repr=False)
    """A Redis that several gateways count their callers in, such as
    redis://127.0.0.1:6379; empty: each counts for itself."""
    store_password: str = field(default="", repr=False)
    """For that Redis, where the address has none: a secret comes by itself."""
    trusted_proxies: str = ""
    """Networks of the proxies before it, such as 10.0.0.0/16, with spaces between;
    those of the policy are trusted besides. What they say is a caller's address."""
    reflect_every_s: float = 60.0
    """Between two questions what the backends serve; new tasks are asked at once."""
    zone: str = ""
    """The zone that it runs in, such as eu-west-1a, or ecs to ask for it: calls stay
    there while its tasks suffice. Only `cloudmap://` targets tell of zones."""
    tls_ca: str = ""
    """PEM file of the authorities whose certificates backends must have; empty: those
    of the system. This or any other of the four: backends are called over TLS. The
    files are read again when they change."""
    tls_cert: str = ""
    """PEM file of the certificate shown to backends, its chain below it."""
    tls_key: str = ""
    """PEM file of its key."""
    tls_name: str = ""
    """What backends' certificates must say (SAN); empty: the host of each target."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))

    @property
    def each_target(self) -> tuple[str, ...]:
        """Return the targets, each once."""
        return tuple(dict.fromkeys(self.targets.split()))

    @property
    def tls(self) -> TlsConfig | None:
        """Return how backends are called over TLS; None: they are not."""
        if not (self.tls_ca or self.tls_cert or self.tls_name):
            return None
        files = TlsFiles(
            ca=_path(self.tls_ca), cert=_path(self.tls_cert), key=_path(self.tls_key)
        )
        return TlsConfig(files=files, name=self.tls_name or None)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Return the networks that are trusted."""
        return tuple(map(ip_network, self.trusted_proxies.split()))

    def _problems(self) -> Iterator[str]:
        if not self.each_target:
            yield "GATEWAY_TARGETS is empty; try dns://game-server.local:5000"
        for target in self.each_target:
            try:
                lookup_for(target)
            except BadTarget as error:
                yield f"GATEWAY_TARGETS: {error}"
        for problem in password_problems(self.store, self.store_password):
            yield f"GATEWAY_STORE_PASSWORD {problem}"
        if bool(self.tls_cert) != bool(self.tls_key):
            yield "GATEWAY_TLS_CERT and GATEWAY_TLS_KEY are of use only together"
        yield from _mistrusted(self.trusted_proxies.split())
        if not 1 <= self.reflect_every_s <= 86400:  # noqa: PLR2004 - a second to a day
            yield f"GATEWAY_REFLECT_EVERY_S={self.reflect_every_s!r} is not 1 to 86400"


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _mistrusted(texts: list[str]) -> Iterator[str]:
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            yield f"GATEWAY_TRUSTED_PROXIES={text!r} is no network: {error}"
    fours = [each for each in networks if isinstance(each, IPv4Network)]
    sixes = [each for each in networks if isinstance(each, IPv6Network)]
    every_four = any(not each.prefixlen for each in collapse_addresses(fours))
    if every_four or any(not each.prefixlen for each in collapse_addresses(sixes)):
        yield "GATEWAY_TRUSTED_PROXIES is everyone, who could then claim any address"
