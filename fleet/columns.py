"""Rows of cells as lines in which the columns stand below each other."""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[object]]) -> list[str]:
    """Return a line for each of *rows*, which all have as many cells."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
