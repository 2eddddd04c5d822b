"""Everything that `gateway.toml` can say, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may be, and how long it may take."""

    url_bytes: int = 8 * 1024
    header_bytes: int = 16 * 1024
    body_bytes: int = 1024 * 1024
    """After decompression too."""
    header_timeout_s: float = 10.0
    """From the first byte of a request to the end of its headers."""
    body_timeout_s: float = 20.0
    """From the end of the headers to the end of the body."""
    idle_timeout_s: float = 75.0
    """Of a connection between two requests."""
    send_timeout_s: float = 20.0
    """For which a caller may take nothing of an answer before it is cut."""
    connections: int = 4096
    streams: int = 2048
    """Streams open at once."""
    streams_per_client: int = 64
    stream_s: float = 3600.0
    """The longest life of a stream; its caller resumes."""
    timeout_s: float = 10.0
    """Deadline of a call whose caller gives none."""
    most_timeout_s: float = 60.0
    """The longest deadline that a caller may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """Which pages of other sites may call."""

    origins: frozenset[str] = frozenset()
    """Such as https://game.example; `*` alone: every site, without credentials."""
    headers: tuple[str, ...] = ()
    """Request headers besides those that the doors need."""
    credentials: bool = False
    max_age_s: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Which headers travel on, and which metadata come back; lower-case names."""

    request: frozenset[str] = frozenset()
    response: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, known by its SHA-256 only."""

    name: str
    sha256: str
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """Whose tokens are taken."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ("RS256",)
    """Asymmetric ones only, unless `secret_env` names a secret."""
    jwks: str = ""
    """A file, or an https address."""
    secret_env: str = ""
    """The variable that holds a shared secret, for HS256."""
    leeway_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may call the methods that a pattern names."""

    methods: str
    """rpc.Rpc.UpdateScore, rpc.Rpc.*, or `*`; the most exact pattern counts."""
    allow: frozenset[str] = frozenset({"anyone"})
    """Of anyone, key, jwt: one of them is enough."""
    scopes: frozenset[str] = frozenset()
    """All of them are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often one client may call the methods that a pattern names (GCRA)."""

    methods: str
    per_minute: float
    burst: int
    """Calls that may come at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy:
    """How a server stream is handed on."""

    resume: str = ""
    """The field of the response, and of the request, with the resume token: the
    id of an SSE event, and what a break is bridged with."""
    shared: bool = False
    """Equal requests share one stream of the backend. Only right where a stream's
    first answer tells no more than where it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that the file says."""

    limits: Limits = field(default_factory=Limits)
    cors: Cors = field(default_factory=Cors)
    metadata: Metadata = field(default_factory=Metadata)
    trusted_proxies: tuple[Network, ...] = ()
    keys: tuple[Key, ...] = ()
    jwt: tuple[Jwt, ...] = ()
    access: tuple[Access, ...] = ()
    """Methods that no pattern names are open to anyone."""
    rates: tuple[Rate, ...] = ()
    """Methods that no pattern names have none."""
    cache_s: Mapping[str, float] = field(default_factory=dict)
    """By method pattern: how long an answer of a read may be given again."""
    single_flight: bool = True
    """Equal reads that are in flight share one call."""
    streams: Mapping[str, StreamPolicy] = field(default_factory=dict)
    """By full name of the method, such as rpc.Rpc.WatchRanking."""
    console: bool = True
    """Whether / and /-/... are served: they show the addresses of tasks."""
    console_access: frozenset[str] = frozenset({"anyone"})
    """As `Access.allow`, for /-/... and /metrics."""
    console_scopes: frozenset[str] = frozenset()
    """As `Access.scopes`."""
