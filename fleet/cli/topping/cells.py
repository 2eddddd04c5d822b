"""Numbers as they stand in a cell: short, and with their unit."""

_NONE = "-"
_UNITS = ("B", "kB", "MB", "GB", "TB")


def rate(value: float | None) -> str:
    """Return how many a second."""
    if value is None:
        return _NONE
    return f"{value:.1f}" if 0 < value < 10 else f"{value:,.0f}"  # noqa: PLR2004 - two digits


def number(value: float | None) -> str:
    """Return how many."""
    return _NONE if value is None else f"{value:,.0f}"


def times(value: float | None) -> str:
    """Return how many times as much."""
    return _NONE if value is None else f"{value:.1f}x"


def duration(seconds: float | None) -> str:
    """Return *seconds* with three digits."""
    if seconds is None:
        return _NONE
    if seconds >= 1:
        return f"{_three(seconds)} s"
    return f"{_three(seconds * 1000)} ms"


def _three(value: float) -> str:
    whole = len(f"{value:.0f}")
    return f"{value:.{max(3 - whole, 0)}f}"


def size(value: float | None) -> str:
    """Return so many bytes, in steps of 1,000."""
    if value is None:
        return _NONE
    for unit in _UNITS[:-1]:
        if value < 999.5:  # noqa: PLR2004 - else it would be written as 1,000
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:,.0f} {_UNITS[-1]}"
