"""The engine: the one file that knows that grpc.aio serves our methods."""

import socket
from collections.abc import Callable, Iterable
from contextlib import closing

import grpc
import grpc.aio

from fleet.endpoint import Endpoint
from fleet.errors import CannotListen
from fleet.server.arrivals import Arrivals, Traffic
from fleet.server.channelz import Channelz, newest
from fleet.server.method import Handler, Method
from fleet.server.settings import ServerSettings, parse_listen
from fleet.tls.files import Material

Latest = Callable[[], Material]

Aborted = grpc.aio.AbortError
"""Raised by `context.abort()`: the call has been answered."""
Unsent = grpc.aio.BaseError
"""Raised by what sends, such as `context.write()`: the call or the server has ended."""

_NO_LIMIT = 1_000_000
_STREAMS = 10
"""Streams of one connection for each call that the task takes."""
_MOST = 2**31 - 1
"""What a number among the options of C-core can be."""


class Engine:
    """A server socket and the calls that come in through it."""

    def __init__(
        self,
        methods: Iterable[Method],
        unknown: Callable[[str], Method],
        settings: ServerSettings,
        arrivals: Arrivals,
    ) -> None:
        self._settings = settings
        self._server = grpc.aio.server(options=_options(settings))
        self._channelz = Channelz(newest(), arrivals)
        self._server.add_generic_rpc_handlers([_Routes(methods, unknown, arrivals)])

    async def start(self, secrets: Latest | None = None) -> Endpoint:
        """Listen, and return where.

        Args:
            secrets: Returns what the files of TLS say now. It is asked by the
                engine's own threads, for each connection that comes in: those that
                are there keep what they have begun with. None: nothing is encrypted.

        Raises:
            CannotListen: The address is taken, or not one of this machine.
        """
        wanted = parse_listen(self._settings.listen)
        _try(wanted)
        try:
            port = self._listen(str(wanted), secrets)
        except RuntimeError as error:
            raise CannotListen(str(wanted), str(error)) from error
        await self._server.start()
        return Endpoint(wanted.host, port)

    def _listen(self, where: str, secrets: Latest | None) -> int:
        if secrets is None:
            return self._server.add_insecure_port(where)
        return self._server.add_secure_port(where, _credentials(secrets))

    def traffic(self) -> Traffic:
        """Ask the core what it has counted: 0.13 ms."""
        return self._channelz.traffic()

    async def stop(self, grace_s: float) -> None:
        """Send every connection away, wait for its calls, then cancel them.

        Args:
            grace_s: Seconds; may be called again with fewer, which hold then.
        """
        await self._server.stop(grace_s)


class _Routes(grpc.GenericRpcHandler):
    """From the path of a call to its method; every path has one."""

    def __init__(
        self,
        methods: Iterable[Method],
        unknown: Callable[[str], Method],
        arrivals: Arrivals,
    ) -> None:
        self._arrivals = arrivals
        self._handlers = {method.path: _handler(method) for method in methods}
        self._unknown = unknown

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler:
        self._arrivals.begun += 1
        path = handler_call_details.method
        return self._handlers.get(path) or _handler(self._unknown(path))


def _handler(method: Method) -> Handler:
    kinds = method.request_streaming, method.response_streaming
    name = "_".join("stream" if streams else "unary" for streams in kinds)
    make = getattr(grpc, f"{name}_rpc_method_handler")
    return make(method.behaviour, method.parse, method.serialize)


def _credentials(secrets: Latest) -> grpc.ServerCredentials:
    """Return what takes new certificates into use without a restart.

    Whoever calls needs a certificate if there are authorities at the start; that it
    does not need one any more, or only now, takes a restart.
    """
    served = first = secrets()

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        nonlocal served
        latest = secrets()
        if latest is served:
            return None  # the engine goes on with what it has parsed
        served = latest
        return _shown(latest)

    return grpc.dynamic_ssl_server_credentials(
        _shown(first),
        renewed,  # type: ignore[arg-type]  # None is allowed: see its documentation
        require_client_authentication=first.ca is not None,
    )


def _shown(material: Material) -> grpc.ServerCertificateConfiguration:
    # Both are there, or `fleet.tls.check` had refused them.
    pair = material.key or b"", material.cert or b""
    return grpc.ssl_server_certificate_configuration([pair], material.ca)


def _try(wanted: Endpoint) -> None:
    """Bind and let go, because the engine's own error tells no reason."""
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((wanted.host, wanted.port))
    except OSError as error:
        raise CannotListen(str(wanted), error.strerror or str(error)) from error


def _options(settings: ServerSettings) -> list[tuple[str, int]]:
    streams = settings.max_concurrent_calls * _STREAMS
    return [
        # Else a second task on the same port starts, and they share its calls.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.max_connection_age_ms", round(settings.max_connection_age_s * 1e3)),
        # Our callers ping twice a second, idle or not, to find frozen tasks. The
        # engine would send them away for that after two pings.
        ("grpc.http2.min_ping_interval_without_data_ms", 300),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.keepalive_permit_without_calls", 1),
        # C-core answers CANCELLED at random when so many calls wait for Python,
        # health included. Our own limit answers sooner and says what it is.
        ("grpc.server.max_pending_requests", _NO_LIMIT),
        ("grpc.server.max_pending_requests_hard_limit", _NO_LIMIT),
        # What waits is bounded for each connection instead, far above our limit,
        # because near this one C-core refuses some calls without a reason.
        ("grpc.max_concurrent_streams", min(streams, _MOST)),
        # `Channelz` reads it; this is its default.
        ("grpc.enable_channelz", 1),
        # And we ping callers, or those that vanished stay until TCP gives up.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.ping_timeout_ms", 10_000),
        ("grpc.http2.max_pings_without_data", 0),
    ]
