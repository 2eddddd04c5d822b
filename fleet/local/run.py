"""A whole fleet on this machine, for the length of a block."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence

from fleet.errors import BadInput
from fleet.local.control.commands import Commands
from fleet.local.control.socket import control
from fleet.local.dns.nameserver import nameserver
from fleet.local.dns.zone import Zone
from fleet.local.home import Home
from fleet.local.logs.journal import Journal
from fleet.local.options import Options
from fleet.local.plan import ServicePlan
from fleet.local.preflight import preflight
from fleet.local.store.keeper import OwnStore, kept
from fleet.local.tasks.addresses import has_many_addresses
from fleet.local.tasks.supervisor import Supervisor, supervise
from fleet.local.tls.certificates import Certificates
from fleet.local.tls.renewal import renewed


@contextlib.asynccontextmanager
async def local_fleet(
    plans: Sequence[ServicePlan],
    options: Options,
    home: Home,
    env: Mapping[str, str],
) -> AsyncIterator[Supervisor]:
    """Run nameserver, store, tasks and control socket; leaving drains all tasks.

    Tasks and the store start at once, and are not yet healthy when the block
    begins. The store ends after all tasks: they may write until their last moment.

    Raises:
        AlreadyRunning: *home* is held by another fleet.
        PortTaken: Somebody listens where a task or the nameserver should.
        NotBindable: An address or port that this machine does not give.
        BadConfig: A program does not exist, the store's included.
        BadInput: The folder of the store's data is in use, or not ours; or the state
            folder takes no certificates.
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
                _store(plans, fleet, home, env),
                _encrypted(fleet, home),
                supervise(plans, fleet, zone, env),
            ):
                yield fleet
        finally:
            journal.close()


@contextlib.asynccontextmanager
async def _store(
    plans: Sequence[ServicePlan], fleet: Supervisor, home: Home, env: Mapping[str, str]
) -> AsyncIterator[None]:
    """Run a store where a service asks for one and nobody has brought one."""
    if fleet.options.store or not any(plan.store for plan in plans):
        yield
        return
    store = OwnStore(home.store, fleet.options.data, fleet.journal, fleet.pulse)
    async with kept(store, env):
        fleet.store = store
        yield


@contextlib.asynccontextmanager
async def _encrypted(fleet: Supervisor, home: Home) -> AsyncIterator[None]:
    """Make an authority and the first certificates, where TLS was asked for."""
    if not fleet.options.tls:
        yield
        return
    # Its import takes as long as that of everything else together.
    from fleet.local.tls.authority import new_authority  # noqa: PLC0415

    authority = new_authority()
    certificates = Certificates(home.tls, fleet.options.domain, authority.issue)
    try:
        certificates.begin(authority.pem)
    except OSError as error:
        what = f"the state folder {home.path}"
        raise BadInput(what, error.strerror or str(error)) from error
    fleet.tls = certificates
    async with renewed(certificates, fleet.journal.say):
        yield
