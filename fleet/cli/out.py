"""Printing: data to stdout, words for people to stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from fleet.columns import columns

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
"""Of terminals: readable on dark and on light."""


def complain(error: object) -> None:
    """Tell what went wrong."""
    note(f"fleet: {error}")


def note(text: str) -> None:
    """Tell people something that is not data."""
    print(text, file=sys.stderr, flush=True)


def data(value: object) -> None:
    """Print *value* as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def row(value: object) -> None:
    """Print *value* as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print *rows* in columns as wide as they need."""
    print(*columns([head, *rows]), sep="\n")


def colourful(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Whether colours help: a terminal, and nobody said NO_COLOR."""
    return stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"


def painted(text: str, number: int) -> str:
    """Return *text* in the colour with that *number*."""
    return f"\x1b[{COLOURS[number % len(COLOURS)]}m{text}\x1b[0m"
