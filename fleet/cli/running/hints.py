"""What to try next, as lines that can be pasted."""

import shlex
import shutil
import sys
from pathlib import Path

from fleet.cli.session import home_of
from fleet.local.home import Home
from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tasks.task import State


def hints(fleet: Supervisor, home: Home) -> str:
    """Return a few commands that work with *fleet* as it runs now."""
    at = "" if home == home_of(None, {}) else f" --home {shlex.quote(str(home.path))}"
    lines = [x for service in fleet.services.values() for x in _of(fleet, service, at)]
    ours = [f"{_self()} {x}{at}" for x in ("ps", "restart --rolling", "down")]
    return "\n".join(["try, in another terminal:", *(f"  {x}" for x in lines + ours)])


def _of(fleet: Supervisor, service: Service, at: str) -> list[str]:
    dns, name = fleet.options.dns, f"{service.plan.name}.{fleet.options.domain}"
    kind = "SRV " if fleet.options.one_address else ""
    lines = [f"dig @{dns.host} -p {dns.port} +short {kind}{name}"]
    me = _self()
    healthy = [t for t in service.tasks if t.state is State.HEALTHY]
    for method, body in service.plan.examples if healthy else ():
        data = shlex.quote(body)
        lines.append(f"grpcurl -d {data} -plaintext {healthy[0].endpoint} {method}")
        lines.append(f"{me} call {service.plan.name} {method} {data}{at}")
    for hint in service.plan.hints:
        command, _, rest = hint.partition(" ")
        lines.append(f"{me} {command}{at} {rest}".rstrip())
    return lines


def _self() -> str:
    """Return how this command can be typed again, from the same folder."""
    typed = Path(sys.argv[0])
    found = shutil.which("fleet")
    if found and Path(found).resolve() == typed.resolve():
        return "fleet"
    if typed.name != "fleet":
        return f"{shlex.quote(sys.executable)} -m fleet.cli"
    here = Path.cwd()
    near = typed.absolute()
    return str(near.relative_to(here)) if near.is_relative_to(here) else str(near)
