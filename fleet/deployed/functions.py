"""CloudFormation's functions, as far as they can be decided before a deploy.

Their arguments have the shapes that `fleet.deployed.arguments` allows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fleet.deployed.resource import Reference

_NOTHING = object()


class Functions:
    """Decides the functions in the properties of one stack.

    Args:
        stack: Whose template it is.
        conditions: Which hold; one that is not named does.
        exports: What other stacks export, decided already.
        parameters: Their values; a reference to one is its value.
    """

    def __init__(
        self,
        stack: str,
        conditions: Mapping[str, bool],
        exports: Mapping[str, Any],
        parameters: Mapping[str, Any],
    ) -> None:
        self._stack = stack
        self._conditions = conditions
        self._exports = exports
        self._parameters = parameters

    def decide(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return *value* with what can be decided decided."""
        decided = self._decide(value)
        return None if decided is _NOTHING else decided

    def _decide(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list):
            parts = [self._decide(each) for each in value]
            return [part for part in parts if part is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        decided = {key: self._decide(each) for key, each in value.items()}
        return {key: each for key, each in decided.items() if each is not _NOTHING}

    def _ref(self, name: str) -> Any:  # noqa: ANN401 - JSON
        if name == "AWS::NoValue":
            return _NOTHING
        if name.startswith("AWS::"):
            return {"Ref": name}
        return self._parameters.get(name, Reference(self._stack, name))

    def _attribute(self, argument: list[Any] | str) -> Reference:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        # An attribute may be named by a parameter: some text, that nobody looks for.
        return Reference(self._stack, parts[0], str(parts[1]))

    def _if(self, argument: list[Any]) -> Any:  # noqa: ANN401 - JSON
        condition, then, otherwise = argument
        return self._decide(
            then if self._conditions.get(condition, True) else otherwise
        )

    def _import(self, argument: Any) -> Any:  # noqa: ANN401 - JSON
        name = self._decide(argument)
        known = isinstance(name, str) and name in self._exports
        return self._exports[name] if known else {"Fn::ImportValue": name}


_FUNCTIONS: dict[str, Callable[[Functions, Any], Any]] = {
    "Ref": Functions._ref,  # noqa: SLF001 - the table of this very class
    "Fn::GetAtt": Functions._attribute,  # noqa: SLF001
    "Fn::If": Functions._if,  # noqa: SLF001
    "Fn::ImportValue": Functions._import,  # noqa: SLF001
}
