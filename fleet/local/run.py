"""A whole fleet on this machine, for the length of a block."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence

from fleet.local.control.commands import Commands
from fleet.local.control.socket import control
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone
from fleet.local.home import Home
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.plan import ServicePlan
from fleet.local.preflight import preflight
from fleet.local.tasks.addresses import has_many_addresses
from fleet.local.tasks.supervisor import Supervisor, supervise


@contextlib.asynccontextmanager
async def local_fleet(
    plans: Sequence[ServicePlan],
    options: Options,
    home: Home,
    env: Mapping[str, str],
) -> AsyncIterator[Supervisor]:
    """Run nameserver, tasks and control socket; leaving drains all tasks.

    Tasks start at once, and are not yet healthy when the block begins.

    Raises:
        AlreadyRunning: *home* is held by another fleet.
        PortTaken: Somebody listens where a task or the nameserver should.
        NotBindable: An address or port that this machine does not give.
        BadConfig: A program does not exist.
    """
    if not has_many_addresses(options.first_host):
        options = dataclasses.replace(options, one_address=True)
    with home.held():
        preflight(plans, options)
        journal = Journal(home.logs)
        zone = Zone(
            options.domain, ttl_s=options.ttl_s, propagation_s=options.propagation_s
        )
        fleet = Supervisor(options, journal)
        try:
            async with (
                nameserver(zone, options.dns.host, options.dns.port),
                control(home.socket, Commands(fleet).answer),
                supervise(plans, fleet, zone, env),
            ):
                yield fleet
        finally:
            journal.close()
