"""TARGET as people type it."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.cli.session import Session
from fleet.errors import BadTarget, Unknown
from fleet.local.control.ask import ask

HELP = (
    "a target URL (dns://game-server.local:5000), HOST:PORT, "
    "or a service of the running local fleet"
)
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Found:
    """A target, and what a local fleet says about how to call it."""

    url: str
    tls: Mapping[str, str] = field(default_factory=dict)
    """Files named ca, cert and key; empty: not encrypted, or nobody said."""


async def target_url(text: str, session: Session, *, called: bool = True) -> str:
    """Return the target URL for what was typed; see `find`."""
    return (await find(text, session, called=called)).url


async def find(text: str, session: Session, *, called: bool = True) -> Found:
    """Return the target for what was typed.

    Args:
        text: As it was typed.
        session: Of the local fleet.
        called: Whether gRPC is going to be spoken there.

    Raises:
        BadTarget: It is none of the three forms, or a service that speaks no gRPC.
        NotRunning: A bare name, and no local fleet to look it up in.
        Unknown: A bare name that the local fleet does not have.
    """
    if "://" in text:
        return Found(text)
    host, colon, port = text.rpartition(":")
    if colon and host and port.isdigit():
        return Found(f"fixed://{text}" if _is_address(host) else f"dns://{text}")
    if _SERVICE.fullmatch(text):
        return await _local(text, session, called=called)
    raise BadTarget(text, "it is no URL, no HOST:PORT, no service", "127.0.0.1:5000")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _why(url: str | None) -> str:
    where = f" at {url}" if url else ""
    return f"it speaks HTTP{where}, not gRPC"


async def _local(name: str, session: Session, *, called: bool) -> Found:
    report: dict[str, Any] = await ask(session.home, "ps")
    services = {s["service"]: s for s in report["services"]}
    if name not in services:
        raise Unknown("service", name, list(services))
    found = services[name]
    if called and found["probe"] == "http":
        others = [s for s, told in services.items() if told["probe"] != "http"]
        raise BadTarget(name, _why(found["url"]), ", ".join(others) or "HOST:PORT")
    return Found(str(found["target"]), report["tls"] or {})
