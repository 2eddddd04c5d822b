"""Reading values that a policy needs, and `Table` has no word for."""

import difflib
from collections.abc import Collection, Mapping
from typing import cast

from fleet.table import Table


def real(
    table: Table, key: str, least: float, most: float, *, default: float | None
) -> float:
    """Return a number of *least* to *most*; *default* where it is missing."""
    table.asked.add(key)
    value = table.values.get(key, default)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # `nan` is in no range.
    if number and least <= cast("float", value) <= most:
        return float(cast("float", value))
    wrong = f"{key} = {value!r} is not a number of {least:g} to {most:g}"
    table.require(holds=False, problem=wrong)
    return least


def switch(table: Table, key: str, *, default: bool) -> bool:
    """Return a switch; *default* where it is missing."""
    table.asked.add(key)
    return table.flag(key) if key in table.values else default


def strings(table: Table, key: str) -> tuple[str, ...]:
    """Return a list of strings, which may be empty or missing."""
    return (
        table.words(key, default=()) if table.values.get(key, []) else _none(table, key)
    )


def needed(table: Table, key: str, example: str) -> str:
    """Return a string that has to be there and not empty."""
    value = table.text(key) if key in table.values else None
    missing = f'{key} is missing; write such as {key} = "{example}"'
    wrong = key in table.values and value is None  # and has been told
    table.require(bool(value) or wrong, missing)
    table.asked.add(key)
    return value or ""


def choices(
    table: Table, key: str, allowed: Collection[str], default: tuple[str, ...]
) -> frozenset[str]:
    """Return some of *allowed*, written as one string or as a list of them."""
    given = table.values.get(key, list(default))
    one = {**table.values, key: [given] if isinstance(given, str) else given}
    found = Table(one, table.name, table.problems).words(key)
    table.asked.add(key)
    for name in found:
        near = difflib.get_close_matches(name, allowed, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        text = f"{key}: {name!r} is not one of {', '.join(sorted(allowed))}{hint}"
        table.require(name in allowed, text)
    return frozenset(found)


def tables(table: Table, key: str) -> list[Table]:
    """Return an array of tables, `[[key]]`, each named by its place from 1."""
    table.asked.add(key)
    value = table.values.get(key, [])
    good = isinstance(value, list) and all(isinstance(v, Mapping) for v in value)
    table.require(good, f"{key} is not a list of tables: write [[{key}]]")
    inner = cast("list[Mapping[str, object]]", value if good else [])
    return [
        Table(values, f"{key} {number}", table.problems)
        for number, values in enumerate(inner, 1)
    ]


def _none(table: Table, key: str) -> tuple[str, ...]:
    table.asked.add(key)
    given = table.values.get(key, [])
    table.require(given == [], f'{key} = {given!r} is not a list like ["a", "b"]')
    return ()
