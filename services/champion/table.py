"""Rows of a table in a file, checked against their fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LAST_ID = 2**31 - 1
"""The proto's ids are int32."""
_LONGEST = 200
"""Characters of a text: a line that a game can show."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one column may hold."""

    kind: type
    one_of: frozenset[str] | None = None
    may_be_empty: bool = False

    def fault(self, value: object) -> str | None:
        """Return what is wrong with *value*, or None."""
        if type(value) is not self.kind:  # a bool is an int to isinstance
            return f"is {value!r}, not of type {self.kind.__name__}"
        if isinstance(value, str):
            return self._text_fault(value)
        if isinstance(value, int) and not 1 <= value <= _LAST_ID:
            return f"is {value}, allowed is 1 to {_LAST_ID}"
        return None

    def _text_fault(self, value: str) -> str | None:
        if self.one_of and value not in self.one_of:
            return f"is {value!r}, allowed is one of {', '.join(sorted(self.one_of))}"
        if not value.strip() and not self.may_be_empty:
            return "is empty"
        if len(value) > _LONGEST:
            return f"has {len(value)} characters, allowed are {_LONGEST}"
        return None


def read_rows(
    table: str,
    tables: Mapping[str, Any],
    fields: Mapping[str, Field],
    problems: list[str],
) -> list[dict[str, Any]]:
    """Return the rows of *table*; add what is wrong with them to *problems*."""
    rows = tables.get(table)
    if not isinstance(rows, list) or not rows:
        problems.append(f"{table}: at least one [[{table}]] is needed")
        return []
    for number, row in enumerate(rows, 1):
        where = f"{table} {number}"
        problems.extend(f"{where}: {fault}" for fault in _faults(row, fields))
    problems.extend(f"{table}: {fault}" for fault in _repeated(rows))
    return rows


def _faults(row: object, fields: Mapping[str, Field]) -> Iterator[str]:
    if not isinstance(row, dict):
        yield f"is {row!r}, not a table"
        return
    for name in row.keys() - fields.keys():
        yield f"unknown key {name!r}; there are {', '.join(fields)}"
    for name, field in fields.items():
        if name not in row:
            yield f"{name} is missing"
        elif fault := field.fault(row[name]):
            yield f"{name} {fault}"


def _repeated(rows: list[Any]) -> Iterator[str]:
    seen: set[object] = set()
    for row in rows:
        given = row.get("id") if isinstance(row, dict) else None
        if type(given) is int and given in seen:
            yield f"id {given} is given twice"
        if type(given) is int:
            seen.add(given)
