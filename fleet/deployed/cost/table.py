"""An estimate as rows of text, and as JSON."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fleet.columns import columns
from fleet.deployed.cost.estimate import Estimate
from fleet.deployed.plain import plain

_CENT = Decimal("0.01")


def money(dollars: Decimal) -> str:
    """Return *dollars* with cents, thousands apart."""
    return f"{dollars.quantize(_CENT):,}"


def by_item(estimates: Sequence[Estimate]) -> list[str]:
    """Return a table with a line for each item, a column for each environment."""
    whole: Counter[str] = Counter()
    for one in estimates:
        whole.update(one.items)
    items = sorted(whole, key=lambda name: (-whole[name], name))
    body = [
        [
            name,
            *(money(one.items[name]) if name in one.items else "" for one in estimates),
        ]
        for name in items
    ]
    head = ["$ A MONTH", *(one.environment.upper() for one in estimates)]
    total = ["TOTAL", *(money(one.dollars) for one in estimates)]
    return _to_the_right([head, *body, total], first=1)


def by_line(one: Estimate) -> list[str]:
    """Return a table of every line of *one*, dearest item first."""
    order = sorted(one.items, key=lambda item: (-one.items[item], item))
    body = [
        [
            line.item,
            line.what,
            f"{line.quantity.quantize(_CENT):,}",
            line.unit,
            f"{line.rate.normalize():f}",
            money(line.dollars),
        ]
        for item in order
        for line in one.lines
        if line.item == item
    ]
    head = ["ITEM", "WHAT", "QUANTITY", "UNIT", "RATE", "$ A MONTH"]
    total = ["TOTAL", one.environment, "", "", "", money(one.dollars)]
    return _to_the_right([head, *body, total], first=2, but=3)


def uncounted(estimates: Sequence[Estimate]) -> list[str]:
    """Return a line for each thing that has no rate, with how many and where."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in estimates:
        for thing, many in one.uncounted:
            why = f" ({thing.why})" if thing.why else ""
            found[plain(f"{thing.type}{why}")].append(
                plain(f"{one.environment} x{many}")
            )
    return [
        f"not counted: {what}: {', '.join(places)}"
        for what, places in sorted(found.items())
    ]


def as_dict(one: Estimate) -> dict[str, Any]:
    """Return *one* for JSON; numbers as floats."""
    return {
        "environment": one.environment,
        "dollars": float(one.dollars),
        "items": {item: float(dollars) for item, dollars in one.items.items()},
        "lines": [
            {
                "item": line.item,
                "what": line.what,
                "quantity": float(line.quantity),
                "unit": line.unit,
                "rate": float(line.rate),
                "dollars": float(line.dollars),
            }
            for line in one.lines
        ],
        "not_counted": [
            {"type": thing.type, "why": thing.why, "count": many}
            for thing, many in one.uncounted
        ],
    }


def _to_the_right(rows: list[list[str]], first: int, but: int = -1) -> list[str]:
    """Return lines in which the cells from *first* on end below each other."""
    cells = [[*map(plain, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return columns(
        [
            [
                cell.rjust(width) if at >= first and at != but else cell
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            for row in cells
        ]
    )
