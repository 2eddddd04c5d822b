"""`fleet list`."""

import argparse

from fleet.cli.destination import opened, tls_arguments
from fleet.cli.out import data
from fleet.cli.schema.methods import find_service
from fleet.cli.session import Session
from fleet.cli.target import HELP
from fleet.client.reflection import Reflection

EXAMPLE = "  fleet list 127.0.0.1:5000\n  fleet list game-server rpc.Rpc"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom to ask, and about what."""
    parser.add_argument("target", metavar="TARGET", help=HELP)
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="its methods")
    tls_arguments(parser)


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print the services of a server, or the methods of one service."""
    async with opened(options, session) as wire:
        names = await _names(Reflection(wire), options.service)
    if session.json:
        data(names)
    else:
        print(*names, sep="\n")
    return 0


async def _names(reflection: Reflection, service: str | None) -> list[str]:
    if service is None:
        return await reflection.services()
    found = await find_service(reflection, service)
    return sorted(f"{service}.{name}" for name in found.methods_by_name)
