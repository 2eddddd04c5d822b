"""Taking values out of properties that others have written."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from fleet.deployed.plain import plain
from fleet.deployed.resource import Reference, Resource
from fleet.errors import BadConfig

MOST = 10**9
"""Of anything that a template counts: AWS allows far less of each."""


def inside(resource: Resource, *keys: str) -> Any:  # noqa: ANN401 - JSON
    """Return what is at the path *keys* of the properties; None: nothing."""
    value: Any = resource.properties
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def number(resource: Resource, *keys: str, default: int | None = None) -> Decimal:
    """Return the number at the path *keys*, which may be written as a text.

    Raises:
        BadConfig: It is missing and has no default, is none, or is out of bounds.
    """
    value = inside(resource, *keys)
    if value is None and default is not None:
        return Decimal(default)
    found = _decimal(value)
    if found is None:
        where = plain(f"{resource.stack}/{resource.logical_id} ({resource.type})")
        shown = "missing" if value is None else plain(repr(value))
        allowed = f"a number of 0 to {MOST:,}"
        problem = f"{'.'.join(keys)} is {shown}, allowed is {allowed}"
        raise BadConfig(where, [problem])
    return found


def _decimal(value: object) -> Decimal | None:
    # True is an int too.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= MOST else None


def is_public(service: Resource) -> bool:
    """Whether the tasks of *service* have addresses of the internet."""
    keys = ("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
    return bool(inside(service, *keys) == "ENABLED")


def listed(resource: Resource, *keys: str) -> list[Any]:
    """Return the list at the path *keys*; an empty one where there is none."""
    value = inside(resource, *keys)
    return value if isinstance(value, list) else []


def named(resource: Resource, *keys: str) -> str:
    """Return the text at the path *keys*, or the logical id where there is none."""
    value = inside(resource, *keys)
    return value if isinstance(value, str) and value else resource.logical_id


def references(value: Any) -> Iterator[Reference]:  # noqa: ANN401 - JSON
    """Yield every reference in *value*, however deep."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return the texts in *value* joined; what only a deploy knows is left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        joined = value.get("Fn::Join")
        return text(joined[1:]) if isinstance(joined, list) else ""
    return "".join(map(text, value)) if isinstance(value, list) else ""


def settings(definition: Resource | None) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of every setting of a task definition."""
    for container in listed(definition, "ContainerDefinitions") if definition else ():
        given = container.get("Environment") if isinstance(container, dict) else None
        for one in given if isinstance(given, list) else ():
            if isinstance(one, dict):
                yield text(one.get("Name")), text(one.get("Value"))
