"""Which day, week or month a moment belongs to: pure functions, no scheduler."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from ranking.errors import BadValue
from ranking.spec import BoardSpec

FOREVER_MS = 2**53
_EXAMPLE = {
    "daily": "a day such as 20181016",
    "weekly": "an ISO week such as 2018W42",
    "monthly": "a month such as 201810",
    "all-time": "all",
}
_NAME = {
    "daily": re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII),
    "weekly": re.compile(r"(\d{4})W(\d\d)", re.ASCII),
    "monthly": re.compile(r"(\d{4})(\d\d)", re.ASCII),
}


def moment_text(moment_ms: int) -> str:
    """Return a moment for people, in UTC."""
    try:
        return f"{_utc(moment_ms):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError):
        return f"{moment_ms} ms after 1970"


def _utc(moment_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)


class Period(NamedTuple):
    """A stretch of time with a name; a moment is in exactly one of its kind."""

    name: str
    start_ms: int
    """Milliseconds since 1970, UTC."""
    end_ms: int
    """The first that is not in it."""


ALL_TIME = Period("all", 0, FOREVER_MS)


def period_at(spec: BoardSpec, moment_ms: int) -> Period:
    """Return the period of *spec* that *moment_ms* is in.

    Raises:
        BadValue: The moment is not in the years 1 to 9999.
    """
    if spec.period == "all-time":
        return ALL_TIME
    try:
        return _containing(spec, _utc(moment_ms).astimezone(spec.time_zone).date())
    except (OverflowError, ValueError):
        told = moment_text(moment_ms)
        raise BadValue("occurred_at", told, "a time up to the year 9998") from None


def period_named(spec: BoardSpec, name: str) -> Period:
    """Return the period of *spec* that is called *name*.

    Raises:
        BadValue: No period of this kind is called so.
    """
    if spec.period == "all-time":
        if name != ALL_TIME.name:
            raise BadValue("period", name, _EXAMPLE[spec.period])
        return ALL_TIME
    found = _NAME[spec.period].fullmatch(name)
    try:
        if found:
            return _containing(spec, _first_day(spec, [*map(int, found.groups())]))
    except (OverflowError, ValueError):
        pass  # such as the 32nd of a month
    raise BadValue("period", name, _EXAMPLE[spec.period])


def previous(spec: BoardSpec, period: Period) -> Period:
    """Return the period just before *period*."""
    return period_at(spec, period.start_ms - 1)


def _first_day(spec: BoardSpec, numbers: list[int]) -> date:
    if spec.period == "weekly":
        return date.fromisocalendar(numbers[0], numbers[1], 1)
    year, month, day = [*numbers, 1][:3]
    return date(year, month, day)


def _containing(spec: BoardSpec, day: date) -> Period:
    match spec.period:
        case "daily":
            first, after = day, day + timedelta(days=1)
            name = f"{first.year:04}{first:%m%d}"
        case "weekly":
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(days=7)
            year, week, _ = first.isocalendar()
            name = f"{year:04}W{week:02}"
        case _:
            first = day.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
            name = f"{first.year:04}{first:%m}"
    return Period(name, _midnight_ms(spec, first), _midnight_ms(spec, after))


def _midnight_ms(spec: BoardSpec, day: date) -> int:
    """Return when *day* begins where the board is; days may have 23 or 25 hours."""
    local = datetime(day.year, day.month, day.day, tzinfo=spec.time_zone)
    return int(local.timestamp() * 1000)
