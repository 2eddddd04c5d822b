"""Checks of frozen settings: every mistake in one line of its own."""

from collections.abc import Iterable

Bound = tuple[str, float, float]
"""Name of a field, the least and the most that it may be."""


def check(settings: object, bounds: Iterable[Bound]) -> None:
    """Refuse *settings* with a field out of its bounds; None is always fine.

    Raises:
        ValueError: Names each wrong field, its value and what is allowed.
    """
    name = type(settings).__name__
    wrong = [
        f"{name}.{field} is {value!r}, allowed is {low} to {high}"
        for field, low, high in bounds
        if (value := getattr(settings, field)) is not None
        and not (_is_number(value) and low <= value <= high)
    ]
    if wrong:
        raise ValueError("\n".join(wrong))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
