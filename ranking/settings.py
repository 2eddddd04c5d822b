"""What each key of `boards.toml` may hold."""

import difflib
from collections.abc import Callable, Mapping
from typing import get_args
from zoneinfo import available_timezones

from ranking.entry import Submission, User
from ranking.errors import BadValue
from ranking.rules import check_submission
from ranking.spec import MOST, BoardSpec, Operator, Order, PeriodKind

Check = Callable[[object], str | None]
"""Return what is wrong with a value, or None."""

_SHORTEST_DAY_S = 23 * 3600
"""A longer grace would let more than two days take scores at once."""
_ANY = BoardSpec(name="any")


def _one_of(kind: object) -> Check:
    allowed = get_args(kind)

    def check(value: object) -> str | None:
        if value in allowed:
            return None
        near = difflib.get_close_matches(str(value), allowed, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"= {value!r} is not one of {', '.join(allowed)}{hint}"

    return check


def _number(least: int, most: int) -> Check:
    def check(value: object) -> str | None:
        if type(value) is int and least <= value <= most:  # a bool is an int
            return None
        return f"= {value!r} is not a whole number of {least} to {most}"

    return check


def _time_zone(value: object) -> str | None:
    if not isinstance(value, str):
        return f"= {value!r} is not a name such as Europe/Berlin"
    known = available_timezones()
    if value in known:
        return None
    near = difflib.get_close_matches(value, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "try UTC or Europe/Berlin"
    return f"= {value!r} is not a known time zone; {hint}"


def _grades(value: object) -> str | None:
    if not isinstance(value, list) or not value:
        return f'= {value!r} is not a list like ["BRONZE", "SILVER"]; leave out for any'
    if any(not isinstance(grade, str) or not grade.strip() for grade in value):
        return f"= {value!r} has one that is no text, or empty"
    if len(set(value)) < len(value):
        return f"= {value!r} has one twice"
    try:
        for grade in value:
            check_submission(_ANY, Submission(User("any", grade=grade), 0))
    except BadValue as error:
        return f"has {error.value!r}, allowed is {error.allowed}"
    return None


CHECKS: Mapping[str, Check] = {
    "period": _one_of(PeriodKind),
    "time_zone": _time_zone,
    "operator": _one_of(Operator),
    "order": _one_of(Order),
    "days_kept": _number(0, 36_500),
    "grace_s": _number(0, _SHORTEST_DAY_S),
    "lowest": _number(-MOST, MOST),
    "highest": _number(-MOST, MOST),
    "grades": _grades,
    "shards": _number(1, 64),
    "changes_kept": _number(1, 1_000_000),
    "requests_kept_s": _number(1, 7 * 86_400),
}
