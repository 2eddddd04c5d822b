"""Text that others wrote, made safe for a terminal and measured in its cells."""

import json
import unicodedata
from collections.abc import Collection, Sequence
from itertools import accumulate

REPLACED = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories that move the cursor, turn the direction, or cannot be written."""
_ZERO_WIDTH = ("Mn", "Me")


def safe(text: str) -> str:
    """Return *text* with every character replaced that is not to be seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(REPLACED if _unsafe(c) else c for c in text)


def json_text(value: object, indent: int | None = None) -> str:
    """Return *value* as JSON for any terminal; one line without *indent*."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(json.dumps(c)[1:-1] if _unsafe(c) and c != "\n" else c for c in text)


def width(text: str) -> int:
    """Return how many cells of a terminal *text* takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, cells: int) -> str:
    """Cut *text* to at most *cells* cells, saying so with an ellipsis."""
    if width(text) <= cells:
        return text
    ends = accumulate(map(_cells, text))
    kept = sum(1 for end in ends if end <= cells - 1)
    return f"{text[:kept]}…" if cells > 0 else ""


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Fill *text* with spaces to *cells* cells, on its left where it is *right*."""
    space = " " * (cells - width(text))
    return space + text if right else text + space


def aligned(rows: Sequence[Sequence[object]], right: Collection[int] = ()) -> list[str]:
    """Return a line for each of *rows*; the columns *right* end below each other."""
    cells = [[safe(str(cell)) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            pad(cell, widths[at], right=at in right) for at, cell in enumerate(row)
        ).rstrip()
        for row in cells
    ]


def _unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _cells(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
