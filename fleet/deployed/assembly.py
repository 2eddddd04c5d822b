"""The folder that `cdk synth` fills."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.deployed.functions import Functions
from fleet.deployed.resource import Reference, Resource
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
        prefix = f"fleet-{environment}-"
        ours = (one for one in self.resources if one.stack.startswith(prefix))
        return Assembly(tuple(ours))

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
        BadConfig: No templates there, or one that cannot be read.
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
            if "Export" in output:
                name = output["Export"]["Name"]
                exports[name] = functions[stack].decide(output["Value"])
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
    except ValueError as error:
        raise BadConfig(str(file), [f"not JSON: {error}"]) from error
    if not isinstance(template, dict):
        raise BadConfig(str(file), ["not a template"])
    return template


def _parameters(template: Mapping[str, Any]) -> dict[str, Any]:
    declared = template.get("Parameters", {})
    return {name: {"Parameter": name, **content} for name, content in declared.items()}
