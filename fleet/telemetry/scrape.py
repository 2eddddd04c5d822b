"""Reading a page of figures: Prometheus's text format, only what is wanted of it.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import functools
import re
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

_MOST_LABELS = 16384
"""Texts of labels that are remembered: a page has the same ones each time."""
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*+)"\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")
_MEANING = {"n": "\n"}
"""Of what follows a backslash; all else means itself."""


class Sample(NamedTuple):
    """One line of a page."""

    name: str
    """With the ending that it has there, such as `_total` or `_bucket`."""
    labels: Mapping[str, str]
    value: float


def samples(page: str, wanted: Container[str]) -> Iterator[Sample]:
    """Yield the samples of *page* whose names are *wanted*, in its order.

    A timestamp is left out; other lines are not looked at beyond their name.

    Raises:
        ValueError: A wanted line is not as the format has it.
    """
    for line in page.split("\n"):  # other ends of lines may be part of a label
        brace = line.find("{")
        name = line[:brace].rstrip() if brace >= 0 else _word(line)
        if name not in wanted:
            continue
        # What follows the labels has no brace, but they may have some.
        end = line.rfind("}")
        labels = line[brace + 1 : end] if brace >= 0 else ""
        rest = line[end + 1 :] if brace >= 0 else line.lstrip()[len(name) :]
        yield Sample(name, _labels(labels), _value(rest))


@functools.lru_cache(_MOST_LABELS)
def _labels(text: str) -> Mapping[str, str]:
    labels, at = {}, 0
    while found := _LABEL.match(text, at):
        labels[found[1]] = _ESCAPED.sub(_meant, found[2])
        at = found.end()
    if text[at:].strip():
        raise ValueError(f"labels that cannot be read: {text[:80]!r}")
    return labels


def _meant(escaped: re.Match[str]) -> str:
    return _MEANING.get(escaped[1], escaped[1])


def _value(text: str) -> float:
    try:
        return float(text)  # NaN, +Inf and -Inf too
    except ValueError:
        return float(_word(text))  # before a timestamp


def _word(text: str) -> str:
    return next(iter(text.split(maxsplit=1)), "")
