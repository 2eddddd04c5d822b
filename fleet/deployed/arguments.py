"""What the functions of a template are given: the shapes that can be decided."""

from collections.abc import Callable, Iterator
from typing import Any

from fleet.deployed.plain import plain

_SHOWN = 60


def _is_name(given: object) -> bool:
    return isinstance(given, str)


def _is_attribute(given: object) -> bool:
    match given:
        case str():
            return "." in given
        # The name of an attribute may be a parameter's value.
        case [str(), str() | dict()]:
            return True
    return False


def _is_choice(given: object) -> bool:
    match given:
        case [str(), _, _]:
            return True
    return False


def _is_imported(given: object) -> bool:
    return isinstance(given, str | dict)


_FUNCTIONS: dict[str, tuple[Callable[[object], bool], str]] = {
    "Ref": (_is_name, "a name"),
    "Fn::GetAtt": (_is_attribute, '"NAME.ATTRIBUTE" or ["NAME", "ATTRIBUTE"]'),
    "Fn::If": (_is_choice, "[CONDITION, THEN, ELSE]"),
    "Fn::ImportValue": (_is_imported, "a name"),
}


def is_function(value: dict[str, Any]) -> bool:
    """Whether *value* is one of the functions that are decided here."""
    return len(value) == 1 and next(iter(value)) in _FUNCTIONS


def parts(value: object) -> list[tuple[str, Any]]:
    """Return what is right inside *value*, with the name or number of each."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(str(at), each) for at, each in enumerate(value)]
    return []


def wrong_arguments(value: object, place: str) -> Iterator[str]:
    """Yield a line for each function in *value* that nobody could decide."""
    if isinstance(value, dict) and is_function(value):
        ((name, given),) = value.items()
        fine, allowed = _FUNCTIONS[name]
        if not fine(given):
            yield wrong(f"{place}.{name}", given, allowed)
            return
    for name, each in parts(value):
        yield from wrong_arguments(each, f"{place}.{plain(name)}")


def wrong(place: str, value: object, allowed: str) -> str:
    """Return the line that says that *value* cannot be at *place*."""
    shown = plain(repr(value))
    short = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
    return f"{place} is {short}, allowed is {allowed}"
