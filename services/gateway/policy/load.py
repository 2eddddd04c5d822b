"""`gateway.toml`: what the gateway lets through."""

import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from fleet.errors import BadConfig
from fleet.table import Table
from services.gateway.policy import headers, limits, people, read
from services.gateway.policy.pattern import mistake
from services.gateway.policy.policy import Network, Policy, StreamPolicy
from services.gateway.policy.tokens import tokens

_MOST_CACHE_S = 3600.0


def load(path: Path, env: Mapping[str, str]) -> Policy:
    """Return what the file *path* says.

    Args:
        path: A TOML file; paths inside it are relative to its folder.
        env: Holds the secrets that the file only names.

    Raises:
        BadConfig: With every mistake in the file at once.
    """
    problems: list[str] = []
    root = Table(_parse(path), "", problems)
    policy = _policy(root, path.resolve().parent, env)
    root.nothing_else()
    if problems:
        raise BadConfig(str(path), problems)
    return policy


def _parse(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadConfig(str(path), ["there is no such file"]) from None
    except (OSError, ValueError) as error:
        raise BadConfig(str(path), [str(error)]) from error


def _policy(root: Table, folder: Path, env: Mapping[str, str]) -> Policy:
    keys = people.keys(root.table("keys"))
    takes = tokens(root, folder, env)
    console = people.console(root, keys, takes)
    return Policy(
        limits=limits.limits(root.table("limits")),
        cors=headers.cors(root.table("cors")),
        metadata=headers.metadata(root.table("metadata")),
        trusted_proxies=_proxies(root),
        keys=keys,
        jwt=takes,
        access=people.access(root, keys, takes),
        rates=limits.rates(root),
        cache_s=_cache(root.table("cache")),
        single_flight=read.switch(root, "single_flight", default=True),
        streams=_streams(root.table("streams")),
        console=read.switch(root, "console", default=True),
        console_access=console.allow,
        console_scopes=console.scopes,
    )


def _proxies(root: Table) -> tuple[Network, ...]:
    found = []
    for text in read.strings(root, "trusted_proxies"):
        try:
            network = ip_network(text)
        except ValueError as error:
            root.require(holds=False, problem=f"trusted_proxies: {error}")
            continue
        everyone = f"trusted_proxies: {text} is everyone, who could then claim any"
        root.require(network.prefixlen > 0, f"{everyone} address")
        found.append(network)
    return tuple(found)


def _cache(table: Table) -> dict[str, float]:
    found = {}
    for pattern in table.names():
        problem = mistake(pattern)
        table.require(not problem, problem)
        found[pattern] = read.real(table, pattern, 0.001, _MOST_CACHE_S, default=None)
    return found


def _streams(table: Table) -> dict[str, StreamPolicy]:
    found = {}
    for name in table.names():
        exact = not mistake(name) and not name.endswith("*")
        table.require(exact, f"{name!r} is not a method, such as rpc.Rpc.WatchRanking")
        inner = table.table(name)
        found[name] = StreamPolicy(
            resume=_field(inner, "resume"), shared=inner.flag("shared")
        )
        inner.nothing_else()
    return found


def _field(table: Table, key: str) -> str:
    name = table.text(key) or ""
    fine = not name or (name.isascii() and name.isidentifier())
    table.require(fine, f"{key} = {name!r} is not the name of a field")
    return name
