"""A service as a process: serve until told to leave."""

from fleet.server.leash import leash
from fleet.server.leaving import leave_when_told
from fleet.server.logs import configure
from fleet.server.registry import Register
from fleet.server.serve import OnClose, nothing, serving
from fleet.server.settings import ServerSettings
from fleet.server.signals import signals
from fleet.telemetry.server import ServerTelemetry


async def run(
    register: Register,
    settings: ServerSettings,
    *,
    on_close: OnClose = nothing,
    telemetry: ServerTelemetry | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends at once.

    Also drains when `leash_fd` ends. Takes over the process's signals and logs.

    Args:
        register: Pairs of `add_..._to_server` and the servicer to add.
        settings: See `ServerSettings`.
        on_close: Ends the streams that have no end of their own; see `serving`.
        telemetry: Told of every call; None: nobody is.

    Raises:
        BadConfig: `leash_fd` is not an open pipe, or the certificates are not right.
        CannotListen: The address is taken, or not one of this machine.
        SystemExit: After a second signal, with 128 and its number.
    """
    configure(settings.log_format, calls=settings.log_calls)
    # Signals first: one that came between would kill a server that is up.
    with signals() as told, leash(settings.leash_fd, told.to_leave.set):
        async with serving(
            register, settings, on_close=on_close, telemetry=telemetry
        ) as server:
            await leave_when_told(server, told)
    if told.code is not None:
        raise SystemExit(told.code)
