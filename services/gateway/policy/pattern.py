"""Patterns that name methods: rpc.Rpc.GetChampion, rpc.Rpc.*, or `*`."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from services.gateway.policy.policy import Policy

_WORD = "[A-Za-z_][A-Za-z0-9_]*"
_PATTERN = re.compile(rf"\*|{_WORD}(?:\.{_WORD})*(?:\.\*|\.{_WORD})")


def mistake(pattern: str) -> str:
    """Return why *pattern* is none; empty where it is one."""
    if _PATTERN.fullmatch(pattern):
        return ""
    better = pattern.strip("/").replace("/", ".")
    if better != pattern and _PATTERN.fullmatch(better):
        return f"{pattern!r} is not a method pattern; write {better!r}"
    return (
        f"{pattern!r} is not a method pattern, which is like"
        " rpc.Rpc.GetChampion, rpc.Rpc.* or *"
    )


def matches(pattern: str, selector: str) -> bool:
    """Return whether *pattern* names the method *selector*."""
    if pattern.endswith("*"):
        return selector.startswith(pattern[:-1])
    return pattern == selector


def most_exact(patterns: Iterable[str], selector: str) -> str | None:
    """Return the pattern that counts for *selector*; None where none names it.

    The method's own name comes before rpc.Rpc.*, that before rpc.*, and `*` last.
    """
    found = [pattern for pattern in patterns if matches(pattern, selector)]
    return max(found, key=_exactness, default=None)


def strangers(policy: Policy, selectors: Sequence[str]) -> list[str]:
    """Return the patterns of *policy* that name no method, and what is near.

    Only those of a service that is in *selectors*: another one may just be away.
    """
    services = {selector.rpartition(".")[0] for selector in selectors}
    return [
        f"[{where}] {pattern} names no method{_hint(pattern, selectors)}"
        for where, pattern in _patterns(policy)
        if _service(pattern) in services
        and not any(matches(pattern, selector) for selector in selectors)
    ]


def absent(policy: Policy, selectors: Sequence[str]) -> list[str]:
    """Return the patterns of *policy* that name a service that nobody serves."""
    return [
        f"[{where}] {pattern} names nothing that is served{_hint(pattern, selectors)}"
        for where, pattern in _patterns(policy)
        if not any(matches(pattern, selector) for selector in selectors)
    ]


def _service(pattern: str) -> str:
    return pattern.rpartition(".")[0]


def _exactness(pattern: str) -> tuple[bool, int]:
    return not pattern.endswith("*"), len(pattern)


def _patterns(policy: Policy) -> Iterator[tuple[str, str]]:
    yield from (("access", access.methods) for access in policy.access)
    yield from (("rates", rate.methods) for rate in policy.rates)
    yield from (("cache", pattern) for pattern in policy.cache_s)
    yield from (("streams", name) for name in policy.streams)


def _hint(pattern: str, selectors: Sequence[str]) -> str:
    near = difflib.get_close_matches(pattern, selectors, n=1)
    return f"; did you mean {near[0]}?" if near else ""
