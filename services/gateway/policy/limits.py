"""[limits] and [[rates]]: how much of anything."""

from dataclasses import fields
from typing import Any, cast

from fleet.table import Table
from services.gateway.policy import read
from services.gateway.policy.pattern import mistake
from services.gateway.policy.policy import Limits, Rate

_BYTES = {
    "url_bytes": (256, 1024 * 1024),
    "header_bytes": (1024, 1024 * 1024),
    "body_bytes": (1024, 1024 * 1024 * 1024),
}
_COUNTS = ("connections", "streams", "streams_per_client")
_MOST_COUNT = 1_000_000
_LEAST_S, _MOST_S = 0.01, 7 * 86400.0
_MOST_PER_MINUTE = 1_000_000
"""A call in 60 us; more is not a limit, and one's own clock gets too coarse."""


def limits(table: Table) -> Limits:
    """Read [limits]; what is missing stays as it is."""
    values: dict[str, Any] = {}
    for field in fields(Limits):
        name, default = field.name, cast("float", field.default)
        if name in _BYTES or name in _COUNTS:
            least, most = _BYTES.get(name, (1, _MOST_COUNT))
            values[name] = table.number(name, least, most, default=int(default))
        else:
            values[name] = read.real(table, name, _LEAST_S, _MOST_S, default=default)
    table.nothing_else()
    found = Limits(**values)
    table.require(
        found.timeout_s <= found.most_timeout_s,
        f"timeout_s = {found.timeout_s:g} is above most_timeout_s ="
        f" {found.most_timeout_s:g}",
    )
    return found


def rates(root: Table) -> tuple[Rate, ...]:
    """Read [[rates]]."""
    found = tuple(map(_rate, read.tables(root, "rates")))
    once(root, "rates", [rate.methods for rate in found])
    return found


def methods(table: Table) -> str:
    """Read the pattern that a rule is for."""
    pattern = read.needed(table, "methods", "rpc.Rpc.*")
    problem = mistake(pattern) if pattern else ""
    table.require(not problem, f"methods: {problem}")
    return pattern


def once(root: Table, key: str, patterns: list[str]) -> None:
    """Note every pattern that two rules are for."""
    for pattern in sorted({p for p in patterns if p and patterns.count(p) > 1}):
        root.require(holds=False, problem=f"[[{key}]] has {pattern} more than once")


def _rate(table: Table) -> Rate:
    rate = Rate(
        methods=methods(table),
        per_minute=read.real(
            table, "per_minute", 0.001, _MOST_PER_MINUTE, default=None
        ),
        burst=table.number("burst", 1, _MOST_COUNT, default=10),
    )
    table.nothing_else()
    return rate
