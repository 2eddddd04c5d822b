"""TARGET as people type it."""

import ipaddress
import re
from typing import Any

from fleet.cli.session import Session
from fleet.errors import BadTarget, Unknown
from fleet.local.control.ask import ask

HELP = (
    "a target URL (dns://game-server.local:5000), HOST:PORT, "
    "or a service of the running local fleet"
)
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


async def target_url(text: str, session: Session) -> str:
    """Return the target URL for what was typed.

    Raises:
        BadTarget: It is none of the three forms.
        NotRunning: A bare name, and no local fleet to look it up in.
        Unknown: A bare name that the local fleet does not have.
    """
    if "://" in text:
        return text
    host, colon, port = text.rpartition(":")
    if colon and host and port.isdigit():
        return f"fixed://{text}" if _is_address(host) else f"dns://{text}"
    if _SERVICE.fullmatch(text):
        return await _local(text, session)
    raise BadTarget(text, "it is no URL, no HOST:PORT, no service", "127.0.0.1:5000")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


async def _local(name: str, session: Session) -> str:
    report: dict[str, Any] = await ask(session.home, "ps")
    targets = {s["service"]: str(s["target"]) for s in report["services"]}
    if name not in targets:
        raise Unknown("service", name, list(targets))
    return targets[name]
