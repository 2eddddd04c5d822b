"""What must be free before a fleet starts, so that it fails with a reason."""

import itertools
import shutil
import socket
from collections.abc import Sequence

from fleet.endpoint import Endpoint
from fleet.errors import BadConfig
from fleet.local.options import Options
from fleet.local.plan import ServicePlan
from fleet.local.tasks.addresses import candidates, require_free
from fleet.local.tasks.metrics import VARIABLE, metrics_listen


def preflight(plans: Sequence[ServicePlan], options: Options) -> None:
    """Look at every program, address and port that *plans* need.

    Raises:
        PortTaken: Naming the process that has it.
        NotBindable: The address is not this machine's, or the port is reserved.
        BadConfig: A program does not exist, or a service could not call over TLS.
    """
    _programs(plans)
    if options.tls:
        _callers(plans)
    advice = "choose another place with --dns HOST:PORT"
    require_free(options.dns, advice, socket.SOCK_DGRAM)
    require_free(options.dns, advice)
    advice = "choose one of this machine's with --first-address IP"
    require_free(Endpoint(options.first_host, 0), advice)
    if not options.one_address:
        for plan in plans:
            _ports(plan, options)


def _programs(plans: Sequence[ServicePlan]) -> None:
    missing = [
        f"[services.{plan.name}] there is no program {plan.command[0]!r}"
        for plan in plans
        # A path with a slash counts from the folder where the task will run.
        if plan.command[0] != "python"
        and not shutil.which(plan.command[0])
        and not (plan.folder / plan.command[0]).is_file()
    ]
    if missing:
        raise BadConfig("fleet.toml", missing)


def _callers(plans: Sequence[ServicePlan]) -> None:
    plain = [
        f"[services.{plan.name}] has targets; to call them over TLS it needs"
        ' tls = "...", see docs/operations.md'
        for plan in plans
        if plan.targets and not plan.tls
    ]
    if plain:
        raise BadConfig("fleet.toml", plain)


def _ports(plan: ServicePlan, options: Options) -> None:
    advice = f"change port of [services.{plan.name}] in fleet.toml"
    places = candidates(options.first_host, plan.port, one_address=False)
    for endpoint in itertools.islice(places, plan.tasks):
        require_free(endpoint, advice)
        if page := metrics_listen(plan, endpoint):
            require_free(page, _elsewhere(plan))


def _elsewhere(plan: ServicePlan) -> str:
    return f"set env.{VARIABLE} of [services.{plan.name}]; empty: no metrics"
