"""`fleet describe`."""

import argparse

from fleet.cli.destination import opened, tls_arguments
from fleet.cli.out import data
from fleet.cli.schema.symbols import Symbol, find_symbol
from fleet.cli.session import Session
from fleet.cli.target import HELP
from fleet.client.reflection import Reflection
from fleet.client.wire import Wire

EXAMPLE = (
    "  fleet describe game-server rpc.Rpc\n  fleet describe 127.0.0.1:5000 rpc.Champion"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom to ask, and about what."""
    parser.add_argument("target", metavar="TARGET", help=HELP)
    parser.add_argument(
        "symbol", nargs="?", metavar="SYMBOL", help="every service where left out"
    )
    tls_arguments(parser)


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print the definition of a service, method, message, field or enum."""
    async with opened(options, session) as wire:
        found = await _symbols(wire, options.symbol)
    if session.json:
        data([{"name": s.name, "kind": s.kind, "definition": s.text} for s in found])
        return 0
    for symbol in found:
        article = "an" if symbol.kind[0] in "aeiou" and symbol.kind != "one-of" else "a"
        print(f"{symbol.name} is {article} {symbol.kind}:\n{symbol.text}")
    return 0


async def _symbols(wire: Wire, name: str | None) -> list[Symbol]:
    reflection = Reflection(wire)
    names = [name] if name else await reflection.services()
    return [await find_symbol(reflection, each) for each in names]
