"""`fleet cost`."""

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.cli.synthesized import add_templates
from fleet.deployed import Assembly, load
from fleet.deployed.cost import Assumptions, estimate, load_rates, report
from fleet.deployed.cost.page import BEGIN, END, put
from fleet.deployed.cost.rates import FILE
from fleet.errors import BadInput, Unknown

EXAMPLE = """\
  fleet cost
  fleet cost --environment prod --calls-per-second 500 --tasks most"""

SHARED = "delivery"
"""What the stacks of no environment are called in the report."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is read, and every assumption."""
    add_templates(parser)
    parser.add_argument(
        "--environment",
        metavar="NAME",
        action="append",
        help=f"only this one, in detail; {SHARED}: the pipeline (all of them)",
    )
    parser.add_argument(
        "--tasks",
        choices=("least", "most"),
        default="least",
        help="how many tasks of the range that scaling has (least)",
    )
    parser.add_argument(
        "--rates", metavar="FILE", type=Path, default=FILE, help="another region's"
    )
    parser.add_argument(
        "--into",
        metavar="FILE.md",
        type=Path,
        help=f"write it between {BEGIN} and {END} of a page",
    )
    assumed = parser.add_argument_group("what is assumed of a month")
    for name, value, text in Assumptions().items():
        assumed.add_argument(
            name, metavar="N", type=_number, default=value, help=f"{text} ({value})"
        )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print the estimate of each environment, cheapest first."""
    if session.json and options.into:
        raise BadInput("--into", "a page takes the table, not what --json prints")
    rates = load_rates(options.rates)
    assumed = Assumptions(
        **{each.name: getattr(options, each.name) for each in fields(Assumptions)}
    )
    whole = load(options.templates)
    estimates = sorted(
        (
            estimate(name, here, whole, rates, assumed, count=options.tasks)
            for name, here in _chosen(whole, options.environment).items()
        ),
        key=lambda one: (one.environment == SHARED, one.dollars),
    )
    if session.json:
        data(report.as_dict(estimates, rates, assumed, options.tasks))
    else:
        _show(report.text(estimates, rates, assumed, options.tasks), options.into)
    for remark in report.remarks(rates, whole, dt.datetime.now(dt.UTC).date()):
        note(f"fleet: {remark}")
    return 0


def _show(lines: Sequence[str], page: Path | None) -> None:
    if page is None:
        print(*lines, sep="\n")
        return
    try:
        page.write_text(put(page.read_text("utf-8"), lines), "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("--into", f"{page}: {error}") from error
    note(f"fleet: {page} has it")


def _chosen(whole: Assembly, names: Sequence[str] | None) -> dict[str, Assembly]:
    there = {name: whole.of(name) for name in whole.environments}
    if whole.shared.resources:
        there[SHARED] = whole.shared
    for name in names or ():
        if name not in there:
            raise Unknown("environment", name, list(there))
    return {name: there[name] for name in dict.fromkeys(names or there)}


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


_number.__name__ = "number"
