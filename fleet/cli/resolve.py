"""`fleet resolve`."""

import argparse
import math

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.cli.target import HELP, target_url
from fleet.discovery.target import lookup_for

EXAMPLE = "  fleet resolve dns://127.0.0.1:5300/game-server.local:5000"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whom to look for."""
    parser.add_argument("target", metavar="TARGET", help=HELP)


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print the endpoints of one lookup, sorted; 1 where there are none."""
    url = await target_url(options.target, session, called=False)
    answer = await lookup_for(url)()
    endpoints = sorted(answer.endpoints)
    if session.json:
        ttl_s = answer.ttl_s if math.isfinite(answer.ttl_s) else None
        data({"target": url, "ttl_s": ttl_s, "endpoints": [*map(str, endpoints)]})
    else:
        print(*endpoints, sep="\n", end="\n" if endpoints else "")
    if not endpoints:
        note(f"fleet: {url} is answered, and lists no endpoint")
        return 1
    return 0
