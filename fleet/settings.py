"""Typed, frozen settings out of an environment."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from fleet.errors import BadConfig

T = TypeVar("T")


def _flag(text: str) -> bool:
    """Parse a switch; `bool("false")` would be true."""
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


_PARSE: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _flag,
    int | None: int,
    str | None: str,
}


def from_env(cls: type[T], env: Mapping[str, str], prefix: str) -> T:
    """Read the fields of the dataclass *cls* from `PREFIX_NAME` variables.

    Args:
        cls: A dataclass of str, int, float, bool and optional fields; it may
            raise `ValueError` from `__post_init__`, one mistake a line.
        env: Variables that do not start with *prefix* are left alone.
        prefix: Such as `FLEET_`; one that no platform sets.

    Raises:
        BadConfig: With every value that does not parse or is out of range, and
            every name with the prefix that is not a setting.
    """
    hints = get_type_hints(cls)
    settings = {prefix + f.name.upper(): f.name for f in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in sorted(key for key in env if key.startswith(prefix)):
        if name not in settings:
            problems.append(f"{name} is not a setting; there are {', '.join(settings)}")
            continue
        kind = hints[settings[name]]
        try:
            values[settings[name]] = _PARSE[kind](env[name])
        except (ValueError, KeyError):
            wanted = getattr(kind, "__name__", str(kind))
            problems.append(f"{name}={env[name]!r} is not of type {wanted}")
    try:
        made = cls(**values)
    except ValueError as error:
        problems.extend(str(error).splitlines())
    if problems:
        raise BadConfig("the environment", problems)
    return made
