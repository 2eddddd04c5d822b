"""Commands that send the fleet somewhere and wait until it has arrived."""

from collections.abc import Sequence
from typing import Any

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.local.control.ask import ask


async def settle(session: Session, command: str, **arguments: object) -> int:
    """Send *command*; tell each step on stderr, and the end on stdout."""
    told: set[str] = set()

    def tell(services: Sequence[dict[str, Any]]) -> None:
        for text in map(_words, services):
            if text not in told:
                note(f"fleet: {text}")
            told.add(text)

    services = await ask(session.home, command, on_item=tell, **arguments)
    if session.json:
        data(services)
    else:
        for service in services:
            print(_words(service))
    return 0


def _words(service: dict[str, Any]) -> str:
    parts = [f"{service['healthy']} healthy"]
    parts += [f"{service[s]} {s}" for s in ("starting", "draining") if service[s]]
    return f"{service['service']}: {', '.join(parts)}, {service['desired']} wanted"
