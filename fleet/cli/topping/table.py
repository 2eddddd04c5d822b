"""Rows in columns, with as many of these as a terminal has room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.cli.boards.text import fit, pad, safe, width

_GAP = 2
_MOST_CELLS = 40
"""Of one column: a name may be long."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column of rows of *T*."""

    head: str
    cell: Callable[[T], str]
    place: int = 0
    """Among those that a narrow terminal goes without: the highest goes first; 0:
    never."""
    right: bool = True
    """Its cells end below each other, as numbers do."""


def lines(columns: Sequence[Column[T]], rows: Sequence[T], room: int) -> list[str]:
    """Return a line of heads and one for each of *rows*, none wider than *room*."""
    cells = [
        [column.head, *(fit(safe(column.cell(row)), _MOST_CELLS) for row in rows)]
        for column in columns
    ]
    widths = [max(map(width, column)) for column in cells]
    kept = _kept(columns, widths, room)
    return [
        fit((" " * _GAP).join(parts).rstrip(), room)
        for parts in zip(
            *(
                [pad(cell, widths[at], right=columns[at].right) for cell in cells[at]]
                for at in kept
            ),
            strict=True,
        )
    ]


def _kept(columns: Sequence[Column[T]], widths: Sequence[int], room: int) -> list[int]:
    kept = list(range(len(columns)))
    while sum(widths[at] + _GAP for at in kept) - _GAP > room:
        last = max(kept, key=lambda at: columns[at].place)
        if not columns[last].place:
            break
        kept.remove(last)
    return kept
