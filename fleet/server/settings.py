"""How a task serves: typed, frozen, checked whole."""

import ipaddress
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.endpoint import Endpoint

_FORMATS = ("auto", "text", "json")
_CALLS = ("all", "failed")
_KIB = 1024
_SECONDS = "a number of seconds from 0 up"
_NAME = re.compile(r"[A-Za-z0-9._/#-][A-Za-z0-9._/#:-]{0,254}", re.ASCII)
"""Of CloudWatch's namespaces and dimensions, which need no quotes anywhere. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
_CALLER = re.compile(r"[a-z][a-z0-9+.-]*:[^\s,*]+|(\*\.)?[^\s,*:]+", re.IGNORECASE)
"""A URI, or a DNS name with at most its first label starred; what else there might be
would match nobody, and a list that is empty by mistake everybody."""
_WITH_CERT = "of use only with FLEET_TLS_CERT and FLEET_TLS_KEY"
_NAMED = "1 to 255 of A-Z a-z 0-9 . _ / # : -, the first no colon"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What every service needs to serve, whatever it does.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    listen: str = "0.0.0.0:5000"
    """IP address and port; IPv6 in brackets; port 0 takes a free one."""
    linger_s: float = 20.0
    """Seconds to keep answering after health says NOT_SERVING.

    At least the time after which the slowest caller has heard of it: for
    callers by DNS its propagation plus its TTL.
    """
    grace_s: float = 20.0
    """Seconds that calls in flight get to finish; then they are cancelled."""
    max_concurrent_calls: int = 1000
    """Calls in flight; one more is refused at once, health never."""
    max_message_bytes: int = 4 * _KIB * _KIB
    """Of one message, in either direction; 4 MiB is gRPC's own default."""
    max_connection_age_s: float = 300.0
    """Seconds, within 10 %, until a connection is told to go.

    Plain gRPC clients ask DNS again only then, so this bounds how long they
    stay away from a new task. Calls in flight finish on the old connection.
    """
    log_format: str = "auto"
    """text, json, or auto: text on a terminal, else one JSON line a record."""
    metrics_namespace: str = ""
    """Of the metrics in CloudWatch that a log line a minute makes, such as
    fleet/prod; empty: there are none. See `fleet.server.emf`."""
    service: str = ""
    """What those metrics call this service, such as game-server."""
    log_calls: str = "all"
    """all, or failed: a line only for calls that ended neither OK nor CANCELLED. Where
    a log is paid by its size, a line a call is soon the dearest part of a fleet."""
    max_lag_s: float = 0.2
    """Seconds that a call may wait, in the engine and for the event loop; once the wait
    has been longer for half a second, calls that waited longer are refused. 0: never.
    See `fleet.server.lag`."""
    deadline_margin_s: float = 0.01
    """Seconds that the calls of a handler leave of its caller's deadline, for the
    answer to be made and to travel; at most half of what is left."""
    tls_cert: str = ""
    """PEM file of the certificate, its chain below it; empty: no TLS. It, the key and
    the authorities are read again when they change."""
    tls_key: str = ""
    """PEM file of its key."""
    tls_ca: str = ""
    """PEM file of the authorities that callers must have a certificate of; empty:
    callers need none."""
    tls_callers: str = ""
    """Names, with spaces between, one of which a caller's certificate must have (SAN;
    *.local: any one label); empty: any certificate of those authorities will do."""
    metrics_listen: str = ""
    """IP address and port of a page for Prometheus, /metrics; empty: there is none."""
    leash_fd: int | None = None
    """A pipe from the supervisor: its end is the supervisor's, and we drain."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        problems = [
            f"FLEET_{name.upper()}={getattr(self, name)!r} is not {allowed}"
            for name, fine, allowed in self._rules()
            if not fine
        ]
        if problems:
            raise ValueError("\n".join(problems))

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        yield "listen", _readable(self.listen), "an IP:PORT such as 0.0.0.0:5000"
        yield "linger_s", 0 <= self.linger_s < math.inf, _SECONDS
        yield "grace_s", 0 <= self.grace_s < math.inf, _SECONDS
        yield "max_concurrent_calls", self.max_concurrent_calls >= 1, "1 or more"
        # The length of a message is a signed 32-bit number in the engine.
        fits = _KIB <= self.max_message_bytes < 2**31
        yield "max_message_bytes", fits, f"from {_KIB} to {2**31 - 1}"
        lasts = 1 <= self.max_connection_age_s <= 10**6
        yield "max_connection_age_s", lasts, "from 1 to 1000000 seconds"
        yield "log_format", self.log_format in _FORMATS, f"one of {', '.join(_FORMATS)}"
        yield "max_lag_s", 0 <= self.max_lag_s <= 60, "from 0 to 60 seconds"  # noqa: PLR2004 - bounds
        margin = 0 <= self.deadline_margin_s <= 10  # noqa: PLR2004 - bounds
        yield "deadline_margin_s", margin, "from 0 to 10 seconds"
        yield from self._tls_rules()
        page = not self.metrics_listen or _readable(self.metrics_listen)
        yield "metrics_listen", page, "an IP:PORT such as 0.0.0.0:9464"
        yield from self._metric_rules()
        yield "log_calls", self.log_calls in _CALLS, f"one of {', '.join(_CALLS)}"
        held = self.leash_fd is None or self.leash_fd >= 0
        yield "leash_fd", held, "the number of an open file descriptor"

    def _tls_rules(self) -> Iterator[tuple[str, bool, str]]:
        both = bool(self.tls_cert) == bool(self.tls_key)
        yield "tls_key", both, "given together with FLEET_TLS_CERT, or neither"
        yield "tls_ca", not self.tls_ca or bool(self.tls_cert), _WITH_CERT
        names = self.tls_callers.split()
        named = all(map(_CALLER.fullmatch, names)) and bool(
            names or not self.tls_callers
        )
        yield "tls_callers", named, "names with spaces between, such as gateway.local"
        asked = not self.tls_callers or bool(self.tls_ca)
        yield "tls_callers", asked, "of use only with FLEET_TLS_CA"

    def _metric_rules(self) -> Iterator[tuple[str, bool, str]]:
        namespace, service = self.metrics_namespace, self.service
        fine = bool(_NAME.fullmatch(namespace)) and not namespace.startswith("AWS/")
        allowed = f"{_NAMED}, such as fleet/prod; AWS/... is Amazon's own"
        yield "metrics_namespace", fine or not namespace, allowed
        fine = bool(_NAME.fullmatch(service))
        allowed = f"{_NAMED}, such as game-server; FLEET_METRICS_NAMESPACE needs it"
        yield "service", fine or not (service or namespace), allowed


def parse_listen(listen: str) -> Endpoint:
    """Split `IP:PORT`, with brackets around an IPv6 address.

    Raises:
        ValueError: Not an IP address, or not a port from 0 to 65535.
    """
    host, _, port = listen.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    plain = port.isascii() and port.isdecimal() and int(port) <= 65535  # noqa: PLR2004 - the last port there is
    if not plain or bracketed is not (address.version == 6):  # noqa: PLR2004 - as in IPv6
        raise ValueError(listen)
    return Endpoint(str(address), int(port))


def _readable(listen: str) -> bool:
    try:
        parse_listen(listen)
    except ValueError:
        return False
    return True
