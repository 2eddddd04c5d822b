"""What to try next, as lines that can be pasted."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from fleet.cli.session import home_of
from fleet.local.control.report import url
from fleet.local.home import Home
from fleet.local.tasks.service import Service
from fleet.local.tasks.supervisor import Supervisor
from fleet.local.tasks.task import State
from fleet.local.tls.certificates import Certificates


def hints(fleet: Supervisor, home: Home) -> str:
    """Return a few commands that work with *fleet* as it runs now."""
    at = "" if home == home_of(None, {}) else f" --home {shlex.quote(str(home.path))}"
    lines = [x for service in fleet.services.values() for x in _of(fleet, service, at)]
    restart = f"restart {_called(fleet)}--rolling"
    own = ("ps", "top", restart, *(("renew",) if fleet.tls else ()), "down")
    ours = [f"{_self()} {x}{at}" for x in own]
    doors = [f"open {door}" for door in map(url, fleet.services.values()) if door]
    tries = [f"  {line}" for line in lines + ours]
    return "\n".join([*doors, "try, in another terminal:", *tries])


def _called(fleet: Supervisor) -> str:
    """Return the first service to restart, where not all of them can be.

    A new task has another address: callers find it by name, a browser does not.
    """
    plans = [service.plan for service in fleet.services.values()]
    others = [plan.name for plan in plans if plan.probe != "http"]
    return f"{others[0]} " if others and len(others) < len(plans) else ""


def _of(fleet: Supervisor, service: Service, at: str) -> list[str]:
    if service.plan.probe == "http":
        return [*_curls(service), *_own(service, at)]
    dns, name = fleet.options.dns, f"{service.plan.name}.{fleet.options.domain}"
    kind = "SRV " if fleet.options.one_address else ""
    lines = [f"dig @{dns.host} -p {dns.port} +short {kind}{name}"]
    me, how = _self(), _encryption(fleet.tls)
    healthy = [t for t in service.tasks if t.state is State.HEALTHY]
    for method, body in service.plan.examples if healthy else ():
        data = shlex.quote(body)
        lines.append(f"grpcurl -d {data} {how} {healthy[0].endpoint} {method}")
        lines.append(f"{me} call {service.plan.name} {method} {data}{at}")
    return lines + _own(service, at)


def _encryption(tls: Certificates | None) -> str:
    """Return the options with which grpcurl calls a task."""
    if tls is None:
        return "-plaintext"
    files = tls.people
    named = (("-cacert", files.ca), ("-cert", files.cert), ("-key", files.key))
    return " ".join(f"{option} {shlex.quote(str(path))}" for option, path in named)


def _curls(service: Service) -> Iterator[str]:
    door = url(service)
    for what, body in service.plan.examples if door else ():
        verb, _, path = what.partition(" ")
        asked = "" if verb == "GET" else f" -X {verb}"
        data = f" -d {shlex.quote(body)}" if body else ""
        yield f"curl{asked}{data} {shlex.quote(f'{door}{path}')}"


def _own(service: Service, at: str) -> list[str]:
    lines = []
    for hint in service.plan.hints:
        command, _, rest = hint.partition(" ")
        lines.append(f"{_self()} {command}{at} {rest}".rstrip())
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
