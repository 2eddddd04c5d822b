"""`fleet diagram`."""

import argparse
from pathlib import Path

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.cli.synthesized import add_templates
from fleet.deployed import Assembly, load
from fleet.deployed.diagram import draw, read
from fleet.errors import BadInput, Unknown

EXAMPLE = "  fleet diagram --environment prod --output deployed.svg"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is read, and where the picture goes."""
    add_templates(parser)
    parser.add_argument(
        "--environment", metavar="NAME", help="which one (prod, or the first there is)"
    )
    parser.add_argument(
        "--output", metavar="FILE.svg", type=Path, help="where to (standard output)"
    )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Draw one environment; with --json, print the boxes and arrows instead."""
    whole = load(options.templates)
    graph = read(whole, _chosen(whole, options.environment))
    if session.json:
        data(graph.as_dict())
    elif options.output is None:
        print(draw(graph), end="")
    else:
        _write(options.output, draw(graph))
        note(f"fleet: {options.output} shows {graph.environment}")
    return 0


def _chosen(whole: Assembly, name: str | None) -> str:
    there = whole.environments
    if name is None and there:
        return "prod" if "prod" in there else there[0]
    if name not in there:
        raise Unknown("environment", name or "prod", there)
    return str(name)


def _write(file: Path, picture: str) -> None:
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise BadInput("--output", f"{file}: {error.strerror}") from error
