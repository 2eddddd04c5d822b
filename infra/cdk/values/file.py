"""The file, as typed values."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from infra.cdk.values.environment import Environment
from infra.cdk.values.mistakes import BadValues
from infra.cdk.values.pipeline import Delivery, Repository
from infra.cdk.values.whole import Values, misfits

FILE = Path(__file__).parents[1] / "environments.toml"
T = TypeVar("T")
_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}


def load(file: Path = FILE) -> Values:
    """Read and check *file*.

    Raises:
        BadValues: With every mistake: unknown and missing keys, wrong types, values
            out of range.
    """
    try:
        table = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BadValues(str(file), [str(error)]) from error
    problems: list[str] = []
    repository = _take(Repository, "repository", table, problems)
    delivery = _take(Delivery, "pipeline", table, problems)
    environments = [
        _build(Environment, name, {**content, "name": name}, problems)
        for name, content in table.items()
        if _is_table(name, content, problems)
    ]
    made = tuple(environment for environment in environments if environment)
    if problems or not (repository and delivery):
        raise BadValues(str(file), problems)
    values = Values(repository=repository, delivery=delivery, environments=made)
    if problems := [*misfits(values)]:
        raise BadValues(str(file), problems)
    return values


def _take(
    cls: type[T], name: str, table: dict[str, Any], problems: list[str]
) -> T | None:
    content = table.pop(name, {})
    return (
        _build(cls, name, content, problems)
        if _is_table(name, content, problems)
        else None
    )


def _is_table(name: str, content: object, problems: list[str]) -> bool:
    if not isinstance(content, dict):
        problems.append(f"{name} is {content!r}, allowed is a table [{name}]")
        return False
    return True


def _build(
    cls: type[T], where: str, content: Mapping[str, Any], problems: list[str]
) -> T | None:
    """Make a *cls* of *content*; its keys may have hyphens for underscores."""
    before = len(problems)
    given = {key.replace("-", "_"): value for key, value in content.items()}
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for name in given.keys() - known.keys():
        there = ", ".join(
            key for key in known if key != "name" or cls is not Environment
        )
        problems.append(f"[{where}] has no key {name}; there is {there}")
    for name, f in known.items():
        if f.default is MISSING and f.default_factory is MISSING and name not in given:
            problems.append(f"[{where}] needs {name}")
    values = {
        name: _value(hints[name], f"{where}.{name}", value, problems)
        for name, value in given.items()
        if name in known
    }
    if len(problems) > before:
        return None
    try:
        return cls(**values)
    except ValueError as error:
        problems.extend(f"[{where}] {line}" for line in str(error).splitlines())
        return None


def _value(kind: Any, where: str, value: object, problems: list[str]) -> object:  # noqa: ANN401 - a type, of any kind
    if is_dataclass(kind):
        if not _is_table(where, value, problems):
            return None
        return _build(kind, where.replace("_", "-"), value, problems)  # type: ignore[arg-type]
    if kind in _WORDS:
        if type(value) is not kind:
            problems.append(f"{where} is {value!r}, allowed is {_WORDS[kind]}")
        return value
    inner = kind.__args__[0]
    count = 0 if ... in kind.__args__ else len(kind.__args__)
    fits = isinstance(value, list) and all(type(each) is inner for each in value)
    if not fits or (count and len(value) != count):  # type: ignore[arg-type]
        many = f"{count} values" if count else "a list"
        problems.append(
            f"{where} is {value!r}, allowed is {many}: {_WORDS[inner]} each"
        )
        return None
    return tuple(value)  # type: ignore[arg-type]
