"""The file, as typed values."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from infra.cdk.values.environment import Environment
from infra.cdk.values.mistakes import BadValues
from infra.cdk.values.pipeline import Delivery, Repository

FILE = Path(__file__).parents[1] / "environments.toml"
T = TypeVar("T")
_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The whole file."""

    repository: Repository
    delivery: Delivery
    environments: tuple[Environment, ...]


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
    if not problems:
        problems += [*_strangers(delivery, made), *_namesakes(made)]
        problems += [*_far_away(repository, made), *_strange_accounts(repository, made)]
        problems += [*_beginnings(made), *_architectures(made)]
    if problems or not (repository and delivery):
        raise BadValues(str(file), problems)
    return Values(repository=repository, delivery=delivery, environments=made)


def _strangers(
    delivery: Delivery | None, environments: tuple[Environment, ...]
) -> Iterator[str]:
    names = {environment.name for environment in environments}
    wanted = delivery.environments if delivery else ()
    for name in wanted:
        if name not in names:
            there = ", ".join(sorted(names)) or "none"
            yield f"[pipeline] environments: no {name!r}; there is {there}"


def _far_away(
    repository: Repository | None, environments: tuple[Environment, ...]
) -> Iterator[str]:
    """Endpoints lead to the services of their own region only."""
    for each in environments:
        closed = each.network in {"endpoints", "dualstack"}
        if repository and closed and each.region != repository.region:
            yield (
                f"[{each.name}] network is {each.network!r}, allowed is nat or public"
                f" where the [repository] is in another region, {repository.region}"
            )


def _strange_accounts(
    repository: Repository | None, environments: tuple[Environment, ...]
) -> Iterator[str]:
    """Where an environment has an account, the pipeline's must be known too."""
    for each in environments:
        if repository and each.account and not repository.account:
            yield (
                f"[repository] account is '', allowed are 12 digits where"
                f" [{each.name}] has an account"
            )


def _beginnings(environments: tuple[Environment, ...]) -> Iterator[str]:
    """`fleet-dev-*` would be more than dev."""
    for each in environments:
        for other in environments:
            if each.name.startswith(f"{other.name}-"):
                yield (
                    f"[{each.name}] name is {each.name!r}, allowed is one that does not"
                    f" begin as [{other.name}] does"
                )


def _architectures(environments: tuple[Environment, ...]) -> Iterator[str]:
    """All run one image, which is built for one kind of machine."""
    found = {
        size.architecture
        for each in environments
        for size in (each.game_server, each.gateway)
    }
    if len(found) > 1:
        kinds = " and ".join(sorted(found))
        yield f"architecture is {kinds}, allowed is one for all: they share an image"


def _namesakes(environments: tuple[Environment, ...]) -> Iterator[str]:
    """Cloud Map's API finds a namespace by its name, in an account and region."""
    seen: dict[tuple[str, str, str], str] = {}
    for each in environments:
        key = (each.account, each.region, each.namespace)
        other = seen.setdefault(key, each.name)
        if other != each.name:
            yield (
                f"[{each.name}] namespace is {each.namespace!r}, allowed is one that"
                f" [{other}] of the same account and region does not have"
            )


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
