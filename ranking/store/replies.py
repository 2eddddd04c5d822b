"""What an error reply means: the one place that knows."""

import re

from ranking.errors import (
    RankingError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

RETRY_AFTER_S = 0.5
"""A lost server is tried at least this often, so that later calls may succeed."""

_PASSING = {
    "BUSY": "a script runs too long in it",
    "CLUSTERDOWN": "the cluster has lost servers",
    "LOADING": "it is loading its data",
    "MASTERDOWN": "it is a replica without its primary",
    "MISCONF": "it cannot write to its disk",
    "NOREPLICAS": "too few replicas are connected to it",
    "READONLY": "it is a replica now",
    "TRYAGAIN": "a slot is moving between its servers",
}
_DENIED = {
    "NOAUTH": "it wants a password; put user:password@ into the address",
    "NOPERM": "the user may not do this; give it what ranking/store/acl.py says",
    "WRONGPASS": "user or password is wrong",
}
_INSIDE_SCRIPT = re.compile(r"^ERR Error running script .*?: -([A-Z]+) ", re.DOTALL)
"""So before Redis 7, which hides what a command inside a script replied."""


def code(text: str) -> str:
    """Return the first word of an error reply: the kind of error."""
    inside = _INSIDE_SCRIPT.match(text)
    return inside[1] if inside else text.partition(" ")[0]


def meaning(text: str) -> RankingError:
    """Return what to raise for an error reply."""
    kind = code(text)
    if kind == "OOM":
        return StoreFull()
    reason = _PASSING.get(kind) or _DENIED.get(kind)
    if reason:
        return StoreUnavailable(reason, RETRY_AFTER_S)
    return StoreRefused(text)


def denied(text: str) -> bool:
    """Return whether nothing will go until somebody changes the configuration."""
    return code(text) in _DENIED


def unavailable(reason: str) -> StoreUnavailable:
    """Return the error of a store that is gone for now."""
    return StoreUnavailable(reason, RETRY_AFTER_S)
