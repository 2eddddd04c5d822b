"""`fleet cost`."""

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fleet.cli.out import data, note
from fleet.cli.session import Session
from fleet.deployed import Assembly, load
from fleet.deployed.cost import Assumptions, Estimate, Rates, estimate, load_rates
from fleet.deployed.cost.rates import FILE, OLD_DAYS
from fleet.deployed.cost.table import as_dict, by_item, by_line, uncounted
from fleet.deployed.regions import regions
from fleet.errors import Unknown

EXAMPLE = """\
  fleet cost
  fleet cost --environment prod --calls-per-second 500 --tasks most"""

TEMPLATES = "build/cdk.out"
SHARED = "delivery"
"""What the stacks of no environment are called in the report."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is read, and every assumption."""
    parser.add_argument(
        "--templates",
        metavar="FOLDER",
        type=Path,
        default=Path(TEMPLATES),
        help=f"what cdk synth wrote ({TEMPLATES})",
    )
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
    assumed = parser.add_argument_group("what is assumed of a month")
    for name, value, text in Assumptions().items():
        assumed.add_argument(
            name, metavar="N", type=_number, default=value, help=f"{text} ({value})"
        )


async def run(options: argparse.Namespace, session: Session) -> int:
    """Print the estimate of each environment, cheapest first."""
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
    remarks = _remarks(rates, whole, dt.datetime.now(dt.UTC).date())
    if session.json:
        data(_report(estimates, rates, assumed, options.tasks))
        _tell(remarks)
        return 0
    tables = [by_item(estimates)] if len(estimates) > 1 else map(by_line, estimates)
    for table in tables:
        print(*table, sep="\n")
    print(*uncounted(estimates), sep="\n", end="\n" if uncounted(estimates) else "")
    _print_assumptions(assumed, options.tasks, rates)
    _tell(remarks)
    return 0


def _chosen(whole: Assembly, names: Sequence[str] | None) -> dict[str, Assembly]:
    there = {name: whole.of(name) for name in whole.environments}
    if whole.shared.resources:
        there[SHARED] = whole.shared
    for name in names or ():
        if name not in there:
            raise Unknown("environment", name, list(there))
    return {name: there[name] for name in dict.fromkeys(names or there)}


def _print_assumptions(assumed: Assumptions, tasks: str, rates: Rates) -> None:
    print(
        f"\n730 hours, the {'fewest' if tasks == 'least' else 'most'} tasks,"
        f" rates of {rates.region} as of {rates.as_of}; assumed of each environment:"
    )
    for name, value, text in assumed.items():
        print(f"  {f'{name} {value:f}':28} {text}")


def _remarks(rates: Rates, whole: Assembly, today: dt.date) -> list[str]:
    """Return what makes the figures doubtful."""
    found = []
    days = rates.age_days(today)
    if days > OLD_DAYS:
        found.append(f"rates are {days} days old: compare them with AWS's pages")
    if days < 0:
        found.append(f"rates are of {rates.as_of}, which is still to come")
    if others := regions(whole) - {rates.region}:
        where = ", ".join(sorted(others))
        found.append(
            f"the templates are for {where}, the rates of {rates.region}: --rates FILE"
        )
    return found


def _tell(remarks: Sequence[str]) -> None:
    for remark in remarks:
        note(f"fleet: {remark}")


def _report(
    estimates: Sequence[Estimate], rates: Rates, assumed: Assumptions, tasks: str
) -> dict[str, object]:
    return {
        "rates": {"region": rates.region, "as_of": str(rates.as_of)},
        "tasks": tasks,
        "assumed": {
            name.removeprefix("--"): float(value) for name, value, _ in assumed.items()
        },
        "environments": [as_dict(one) for one in estimates],
    }


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


_number.__name__ = "number"
