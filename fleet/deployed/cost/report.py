"""All that `fleet cost` says: tables, assumptions, doubts."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from fleet.deployed.assembly import Assembly
from fleet.deployed.cost import table
from fleet.deployed.cost.assumptions import Assumptions
from fleet.deployed.cost.estimate import Estimate
from fleet.deployed.cost.rates import OLD_DAYS, Rates
from fleet.deployed.cost.site import Count
from fleet.deployed.cost.table import by_item, by_line, uncounted
from fleet.deployed.regions import regions


def text(
    estimates: Sequence[Estimate], rates: Rates, assumed: Assumptions, tasks: Count
) -> list[str]:
    """Return the lines for people: one estimate in detail, several side by side."""
    tables = [by_item(estimates)] if len(estimates) > 1 else map(by_line, estimates)
    many = "fewest" if tasks == "least" else "most"
    head = f"730 hours, the {many} tasks, rates of {rates.region} as of {rates.as_of}"
    return [
        *(line for table in tables for line in table),
        *uncounted(estimates),
        "",
        f"{head}; assumed of each environment:",
        *(
            f"  {f'{name} {value:f}':28} {text}"
            for name, value, text in assumed.items()
        ),
    ]


def remarks(rates: Rates, whole: Assembly, today: dt.date) -> list[str]:
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


def as_dict(
    estimates: Sequence[Estimate], rates: Rates, assumed: Assumptions, tasks: Count
) -> dict[str, Any]:
    """Return the same for JSON."""
    return {
        "rates": {"region": rates.region, "as_of": str(rates.as_of)},
        "tasks": tasks,
        "assumed": {
            name.removeprefix("--"): float(value) for name, value, _ in assumed.items()
        },
        "environments": [table.as_dict(one) for one in estimates],
    }
