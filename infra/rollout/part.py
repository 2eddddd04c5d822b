"""A resource that is asked for what must be in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fleet.deployed import Assembly, Reference, Resource
from fleet.errors import BadConfig

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A resource that is asked for what must be in it."""

    resource: Resource

    def need(self, path: str, kind: type[T]) -> T:
        """Return the value at *path*, such as `A.0.B`, which has to be a *kind*."""
        value = self.get(path)
        if not isinstance(value, kind):
            problem = f"{path} is {value!r}: a rollout needs a {kind.__name__} there"
            if value is None:
                problem = f"{path} is missing: a rollout needs it"
            raise self.refusal(problem)
        return value

    def whole(self, path: str, least: int, most: int | None = None) -> int:
        """Return the whole number at *path*, of *least* to *most*."""
        value = self.need(path, int)
        if value < least or (most is not None and value > most):
            allowed = f"{least} or more" if most is None else f"{least} to {most}"
            raise self.refusal(f"{path} is {value}: a rollout needs {allowed}")
        return value

    def refusal(self, problem: str) -> BadConfig:
        """Return the error that says so of this resource."""
        where = self.resource.path or self.resource.logical_id
        return BadConfig(f"{self.resource.type} {where}", [problem])

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the value at *path*; None: it is not there."""
        value: Any = self.resource.properties
        for key in path.split("."):
            if isinstance(value, list) and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, Mapping):
                value = value.get(key)
            else:
                return None
        return value

    def follow(self, path: str, assembly: Assembly) -> "Part":
        """Return what the reference at *path* names."""
        found = assembly.get(self.need(path, Reference))
        if found is None:
            problem = f"{path} names {self.get(path)}, which is in no template"
            raise self.refusal(problem)
        return Part(found)
