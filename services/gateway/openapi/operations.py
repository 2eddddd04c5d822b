"""Every operation, at its path and verb, with a name of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from services.gateway.openapi.messages import Messages
from services.gateway.openapi.operation import operation
from services.gateway.openapi.paths import Path, path_of
from services.gateway.openapi.shared import security
from services.gateway.routes.rule import Rule
from services.gateway.schema.method import Method

Plain = dict[str, Any]

# Of the verbs of OpenAPI those that `*` stands for; the others have meanings of
# their own.
_ANY = ("get", "put", "post", "delete", "patch")
_VERBS = (*_ANY, "options", "head", "trace")


def paths_of(
    rules: Sequence[Rule],
    messages: Messages,
    secured: Callable[[str], Sequence[str]],
) -> Plain:
    """Return the operations of *rules* by path and verb.

    Args:
        rules: What OpenAPI cannot tell apart is described once, the first counts.
        messages: The schemas.
        secured: Returns who may call the method of a selector.
    """
    ids = _Ids(rules)
    known: dict[str, Path] = {}
    paths: dict[str, Plain] = {}
    # Those that say their verb go before those that take what is left.
    for rule in sorted(rules, key=lambda one: one.verb == "*"):
        path = path_of(rule.template)
        path = path.named_as(known.setdefault(path.shape, path))
        item = paths.setdefault(path.text, {})
        for verb in _verbs(rule.verb):
            if verb not in item:
                item[verb] = {
                    "operationId": ids.next(rule.method),
                    **operation(rule, path, messages),
                    **_secured(secured(rule.method.selector)),
                }
    return {text: item for text, item in paths.items() if item}


def _verbs(verb: str) -> Sequence[str]:
    if verb == "*":
        return _ANY
    return [verb.lower()] if verb.lower() in _VERBS else []


def _secured(allow: Sequence[str]) -> Plain:
    return {} if set(allow) <= {"anyone"} else {"security": security(allow)}


class _Ids:
    """Names operations, each once: Rpc_GetRank, then Rpc_GetRank_2."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        services = {one.method.descriptor.containing_service for one in rules}
        self._short = Counter(service.name for service in services)
        self._used: Counter[str] = Counter()

    def next(self, method: Method) -> str:
        """Return a name that was not given yet."""
        service = method.descriptor.containing_service
        alone = self._short[service.name] == 1
        prefix = service.name if alone else service.full_name.replace(".", "_")
        name = f"{prefix}_{method.descriptor.name}"
        self._used[name] += 1
        number = self._used[name]
        return name if number == 1 else f"{name}_{number}"
