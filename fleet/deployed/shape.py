"""Whether a template has the shape that is read here, and where it has not."""

from collections.abc import Iterator
from typing import Any

from fleet.deployed.arguments import is_function, parts, wrong, wrong_arguments
from fleet.deployed.plain import plain

DEEPEST = 100
"""Parts inside each other; the CDK's own templates have about 15."""
_OBJECT = "an object"


def problems(template: object) -> list[str]:
    """Return a line for each mistake, with its place; none: it can be read."""
    if not isinstance(template, dict):
        return ["not a template: no object"]
    found = [*_too_deep(template)]
    # What is too deep to be walked through is not.
    return found or [*_resources(template), *_outputs(template), *_declared(template)]


def _too_deep(template: object) -> Iterator[str]:
    """Yield the first place that is too deep, without going down by recursion."""
    left: list[tuple[object, tuple[str, ...]]] = [(template, ())]
    while left:
        value, place = left.pop()
        if len(place) > DEEPEST:
            top = ".".join(map(plain, place[:3]))
            yield f"{top} has more than {DEEPEST} parts inside each other"
            return
        left += [(each, (*place, name)) for name, each in parts(value)]


def _resources(template: dict[str, Any]) -> Iterator[str]:
    yield from _objects(template, "Resources")
    for place, one in _entries(template, "Resources"):
        if not isinstance(one.get("Type"), str):
            yield wrong(f"{place}.Type", one.get("Type"), "a text")
        content = one.get("Properties", {})
        if not isinstance(content, dict) or is_function(content):
            yield wrong(f"{place}.Properties", content, _OBJECT)
        else:
            yield from wrong_arguments(content, f"{place}.Properties")
        yield from _metadata(one.get("Metadata", {}), f"{place}.Metadata")


def _metadata(content: object, place: str) -> Iterator[str]:
    key = "aws:cdk:path"
    if not isinstance(content, dict):
        yield wrong(place, content, _OBJECT)
    elif not isinstance(content.get(key, ""), str):
        yield wrong(f"{place}.{key}", content[key], "a text")


def _outputs(template: dict[str, Any]) -> Iterator[str]:
    yield from _objects(template, "Outputs")
    for place, one in _entries(template, "Outputs"):
        if not isinstance(one.get("Export", {}), dict):
            yield wrong(f"{place}.Export", one["Export"], _OBJECT)
        yield from wrong_arguments(one.get("Value"), f"{place}.Value")


def _declared(template: dict[str, Any]) -> Iterator[str]:
    yield from _objects(template, "Parameters")


def _objects(template: dict[str, Any], part: str) -> Iterator[str]:
    """Yield what is no object: the part itself, or something in it."""
    content = template.get(part, {})
    if not isinstance(content, dict):
        yield wrong(part, content, _OBJECT)
        return
    for name, one in content.items():
        if not isinstance(one, dict):
            yield wrong(f"{part}.{plain(name)}", one, _OBJECT)


def _entries(
    template: dict[str, Any], part: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    content = template.get(part, {})
    for name, one in content.items() if isinstance(content, dict) else ():
        if isinstance(one, dict):
            yield f"{part}.{plain(name)}", one
