"""The folder that `cdk synth` fills."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fleet.deployed.functions import Functions
from fleet.deployed.resource import Reference, Resource
from fleet.deployed.shape import problems
from fleet.errors import BadConfig

_SUFFIX = ".template.json"


@dataclass(frozen=True, slots=True)
class Assembly:
    """The resources of every stack."""

    resources: tuple[Resource, ...]

    @property
    def stacks(self) -> tuple[str, ...]:
        """Names, sorted."""
        return tuple(sorted({resource.stack for resource in self.resources}))

    @property
    def environments(self) -> tuple[str, ...]:
        """Such as dev: the middle of the names `fleet-dev-services`."""
        suffix = "-services"
        ours = (stack for stack in self.stacks if stack.endswith(suffix))
        return tuple(name.removesuffix(suffix).removeprefix("fleet-") for name in ours)

    def of(self, environment: str) -> "Assembly":
        """Return only the stacks of *environment*."""
        # fleet-dev-eu-network is of dev-eu where there is one, not of dev.
        others = [n for n in self.environments if n.startswith(f"{environment}-")]
        foreign = tuple(f"fleet-{other}-" for other in others)
        return self._only(
            lambda stack: (
                stack.startswith(f"fleet-{environment}-")
                and not stack.startswith(foreign)
            )
        )

    @property
    def shared(self) -> "Assembly":
        """Only the stacks that belong to no environment: images, the pipeline."""
        owned = tuple(f"fleet-{name}-" for name in self.environments)
        return self._only(lambda stack: not stack.startswith(owned))

    def _only(self, wanted: Callable[[str], bool]) -> "Assembly":
        return Assembly(tuple(one for one in self.resources if wanted(one.stack)))

    def each(self, kind: str) -> Iterator[Resource]:
        """Iterate over the resources of a type such as `AWS::ECS::Service`."""
        return (resource for resource in self.resources if resource.type == kind)

    def get(self, reference: object) -> Resource | None:
        """Return what *reference* names; None: no reference, or to nothing here."""
        if not isinstance(reference, Reference):
            return None
        there = (reference.stack, reference.logical_id)
        same = (one for one in self.resources if (one.stack, one.logical_id) == there)
        return next(same, None)


def load(folder: Path, conditions: Mapping[str, bool] | None = None) -> Assembly:
    """Read every template in *folder*.

    Args:
        folder: Where `cdk synth` wrote.
        conditions: Which hold, by name; one that is not named does.

    Raises:
        BadConfig: No templates there, or one that cannot be read: each mistake in
            it, with its place.
    """
    files = sorted(folder.glob(f"*{_SUFFIX}"))
    if not files:
        raise BadConfig(str(folder), [f"no *{_SUFFIX} there: run `make synth` first"])
    templates = {file.name.removesuffix(_SUFFIX): _read(file) for file in files}
    exports: dict[str, Any] = {}
    functions = {
        stack: Functions(stack, conditions or {}, exports, _parameters(template))
        for stack, template in templates.items()
    }
    for stack, template in templates.items():
        for output in template.get("Outputs", {}).values():
            name = output.get("Export", {}).get("Name")
            if isinstance(name, str):
                exports[name] = functions[stack].decide(output.get("Value"))
    return Assembly(
        tuple(
            Resource(
                stack,
                logical_id,
                content["Type"],
                functions[stack].decide(content.get("Properties", {})),
                content.get("Metadata", {}).get("aws:cdk:path", ""),
            )
            for stack, template in templates.items()
            for logical_id, content in template.get("Resources", {}).items()
        )
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        template = json.loads(file.read_text())
    except OSError as error:
        raise BadConfig(str(file), [str(error)]) from error
    except (ValueError, RecursionError) as error:
        raise BadConfig(str(file), [f"not JSON: {error}"]) from error
    if found := problems(template):
        raise BadConfig(str(file), found)
    return cast("dict[str, Any]", template)


def _parameters(template: Mapping[str, Any]) -> dict[str, Any]:
    declared = template.get("Parameters", {})
    return {name: {"Parameter": name, **content} for name, content in declared.items()}
