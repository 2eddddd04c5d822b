"""Everything that can be tuned on a channel, in one frozen object."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field

from fleet.client.choosing.affinity import AffinityConfig
from fleet.client.choosing.ewma import PeakEwma
from fleet.client.choosing.fewest import FewestStreams
from fleet.client.choosing.policy import Policy
from fleet.client.choosing.slowstart import SlowStartConfig
from fleet.client.choosing.subset import SubsetConfig
from fleet.client.choosing.zones import ZoneConfig
from fleet.client.leaving.breaker import BreakerConfig
from fleet.client.leaving.ejection import EjectionConfig
from fleet.client.overload.hedge import HedgeConfig
from fleet.client.overload.limit import LimitConfig
from fleet.client.overload.line import LineConfig
from fleet.client.overload.rate import RateConfig
from fleet.telemetry.client import ClientTelemetry
from fleet.tls.config import TlsConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """When a failed call is made again, on another endpoint if there is one."""

    max_attempts: int = 4
    """The first attempt included; 1 switches retries off. Three tasks that are
    killed together cost three attempts, so the fourth can find a new one."""
    budget_share: float = 0.2
    """Retries may add this share to the calls of the last 10 s: enough for one
    task of five to die, too little to double the load of a fleet that is down
    (Finagle and Linkerd use the same 20 %)."""
    budget_minimum: int = 100
    """Retries that are always allowed in 10 s, so that a quiet client has some."""
    backoff_s: float = 0.025
    """Before the second retry, doubling, half of it random; the first retry
    goes to another endpoint at once."""
    max_backoff_s: float = 1.0
    safe_methods: Container[str] = frozenset()
    """Methods to repeat besides those that the descriptor marks, as
    `/package.Service/Method`; asked when a stub is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionConfig:
    """How one connection to one endpoint behaves."""

    keepalive_s: float = 0.5
    """Ping after so much silence; 0 switches pings off. A server that is not
    built with `fleet.server` may refuse pings this frequent, see
    docs/operations.md."""
    keepalive_timeout_s: float = 0.8
    """A ping unanswered for so long ends the connection. gRPC may let two times
    the silence above pass before it pings, so a frozen task is left after at
    most 1.8 s. Pings are answered by gRPC's own threads, so that a busy Python
    does not look frozen."""
    connect_timeout_s: float = 2.0
    """For one attempt to connect. In a VPC a connection takes milliseconds; an
    address that is gone does not answer at all."""
    max_reconnect_backoff_s: float = 1.0
    """The longest pause between two attempts, so that a task that comes back
    on its old address is found within about a second."""
    max_message_bytes: int = 4 * 1024 * 1024
    """The largest message to receive; gRPC's own default."""
    lean: bool = False
    """Leave out what gRPC puts around each call besides the call: a sixth of its CPU.
    It then compresses nothing, repeats nothing by itself, and does not enforce
    `max_message_bytes`, which is left to the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """How a channel finds, chooses and calls its endpoints."""

    policy: Callable[[], Policy] = PeakEwma
    """Makes the policy of one channel, as policies have state."""
    stream_policy: Callable[[], Policy] = FewestStreams
    """The same for calls that stream, most of which wait most of the time."""
    latency_decay_s: float = 5.0
    """Seconds in which an idle task's slowness falls to its e-th root: one that was 8
    times slower is tried again after 5.5 s, with Finagle's 10 after 11."""
    slow_start: SlowStartConfig | None = field(default_factory=SlowStartConfig)
    """Ramps a new task up; None: it gets its full share at once."""
    zone: ZoneConfig | None = None
    """Where this client runs; None: zones do not matter. Zones are told by
    `cloudmap://` targets and by lookups of one's own."""
    subset: SubsetConfig | None = None
    """Keeps connections to some tasks only; None: to every task."""
    affinity: AffinityConfig | None = None
    """Keeps calls with the same key on the same task; None: no call has a place."""
    ejection: EjectionConfig | None = field(default_factory=EjectionConfig)
    """Leaves tasks alone that fail or are far slower than others; None: never."""
    breaker: BreakerConfig | None = None
    """A circuit breaker for each task, as in go-kit, instead of or beside ejection."""
    limit: LimitConfig | None = field(default_factory=LimitConfig)
    """Adapts how many calls a task has at a time; None: as many as there are."""
    line: LineConfig = field(default_factory=LineConfig)
    """For calls that find no task with a place."""
    rate: RateConfig | None = None
    """How many calls the channel begins a second; None: as many as there are."""
    hedge: HedgeConfig | None = None
    """Makes a slow safe call once more on another task; None: never."""
    tls: TlsConfig | None = None
    """Encrypts, and checks who answers; None: neither."""
    telemetry: ClientTelemetry | None = None
    """Told of every call; None: nobody is."""
    timeout_s: float | None = 30.0
    """Deadline of a call that gives none and whose answer is one message; None:
    no deadline. Streams have a deadline only when the caller gives one."""
    wait_for_ready: bool = False
    """For calls that do not say: whether a call with no endpoint waits until
    its deadline (true) or fails as soon as that is known (false), as in gRPC."""
    health_service: str = ""
    """The name asked of each endpoint's health service; "" is the whole task."""
    retry: RetryConfig = field(default_factory=RetryConfig)
    connection: ConnectionConfig = field(default_factory=ConnectionConfig)

    def __post_init__(self) -> None:
        """Refuse values that cannot work, every mistake in one line of its own.

        Raises:
            ValueError: Names the field, the value and what is allowed.
        """
        bounds = (
            ("timeout_s", self.timeout_s, 0.001, 86400),
            ("latency_decay_s", self.latency_decay_s, 0.1, 3600),
            ("retry.max_attempts", self.retry.max_attempts, 1, 10),
            ("retry.budget_share", self.retry.budget_share, 0, 1),
            ("retry.budget_minimum", self.retry.budget_minimum, 0, 1_000_000),
            ("retry.backoff_s", self.retry.backoff_s, 0, 60),
            ("retry.max_backoff_s", self.retry.max_backoff_s, 0, 60),
            ("connection.keepalive_s", self.connection.keepalive_s, 0, 7200),
            (
                "connection.keepalive_timeout_s",
                self.connection.keepalive_timeout_s,
                0.1,
                60,
            ),
            (
                "connection.connect_timeout_s",
                self.connection.connect_timeout_s,
                0.1,
                60,
            ),
            (
                "connection.max_reconnect_backoff_s",
                self.connection.max_reconnect_backoff_s,
                0.1,
                120,
            ),
            (
                "connection.max_message_bytes",
                self.connection.max_message_bytes,
                1,
                2**31 - 1,
            ),
        )
        wrong = [
            f"{name} is {value}, allowed is {low} to {high}"
            for name, value, low, high in bounds
            if value is not None and not low <= value <= high
        ]
        if wrong:
            raise ValueError("\n".join(wrong))
