"""`fleet.toml`: what a fleet on one machine runs."""

import re
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.errors import BadConfig, Unknown
from fleet.table import Table

MOST_TASKS = 100
OURS = (
    "FLEET_LISTEN",
    "FLEET_LEASH_FD",
    "FLEET_LINGER_S",
    "FLEET_GRACE_S",
    "FLEET_TLS_CA",
    "FLEET_TLS_CERT",
    "FLEET_TLS_KEY",
)
"""Variables that the supervisor sets for every task, those of TLS in a fleet that
has it."""

PROBES = ("grpc", "http")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """One service: what a task of it is, and how many there should be."""

    name: str
    """A DNS label, because it becomes a name in the zone."""
    command: tuple[str, ...]
    """Run without a shell; "python" is the interpreter that runs the fleet."""
    port: int
    """Every task's port, each on an address of its own."""
    folder: Path
    """Where tasks run: the folder of the file."""
    tasks: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    store: str = ""
    """The variable in which a task gets the address of the fleet's store; empty:
    it needs none."""
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variables in which a task gets the targets of these services, with spaces
    between."""
    tls: str = ""
    """What the variables begin with in which a task gets the files with which it calls
    others over TLS, such as GATEWAY_TLS: ..._CA, ..._CERT, ..._KEY; empty: none."""
    probe: str = "grpc"
    """How a task is asked for its health: grpc, or http for GET /readyz. It tells
    what the service speaks as well."""
    examples: tuple[tuple[str, str], ...] = ()
    """Methods and their JSON arguments, shown as calls to try; of http, verb and
    path, such as GET /v1/champions, and the body."""
    hints: tuple[str, ...] = ()
    """Commands of `fleet` that are shown as well, without the word fleet."""


def read_plan(path: Path) -> tuple[ServicePlan, ...]:
    """Return the services that the file *path* declares, in its order.

    Raises:
        BadConfig: With every mistake in the file at once.
    """
    problems: list[str] = []
    root = Table(_load(path), "", problems)
    services = root.table("services")
    root.nothing_else()
    plans = tuple(
        _service(services.table(name), name, path.resolve().parent)
        for name in services.names()
    )
    problems += _strangers(plans)
    if not plans and not problems:
        problems.append("it declares no [services.NAME]")
    if problems:
        raise BadConfig(str(path), problems)
    return plans


def _load(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "there is no such file; run in the folder that has it, or give --file"
        raise BadConfig(str(path), [hint]) from None
    except (OSError, ValueError) as error:
        raise BadConfig(str(path), [str(error)]) from error


def _service(table: Table, name: str, folder: Path) -> ServicePlan:
    table.require(
        _LABEL.fullmatch(name) is not None,
        f"the name {name!r} is not a DNS label (a-z, 0-9, -, at most 63)",
    )
    env = table.strings("env")
    for key in sorted(set(env) & set(OURS)):
        table.require(holds=False, problem=f"env.{key} is set by the fleet itself")
    for key, value in env.items():
        fine = key and "=" not in key and "\0" not in key + value
        table.require(bool(fine), f"env.{key!r} cannot be set in an environment")
    command = table.words("command")
    table.require("\0" not in "".join(command), "command has a NUL character")
    plan = ServicePlan(
        name=name,
        command=command,
        port=table.number("port", 1, 65535),
        folder=folder,
        tasks=table.number("tasks", 0, MOST_TASKS, default=1),
        env=env,
        store=(store := _store(table, env)),
        targets=_targets(table, {*env, store}),
        tls=_tls(table),
        probe=_probe(table),
        examples=_examples(table),
        hints=table.words("hints", default=()),
    )
    table.nothing_else()
    return plan


def _store(table: Table, env: Mapping[str, str]) -> str:
    store = table.text("store")
    if store is None:
        return ""
    named = _VARIABLE.fullmatch(store) is not None
    table.require(named, f"store = {store!r} is not the name of a variable")
    ours = store.startswith("FLEET_")
    table.require(not ours, f"store = {store!r}: FLEET_... is for the fleet itself")
    table.require(store not in env, f"store = {store!r} is set in env as well")
    return store


def _tls(table: Table) -> str:
    tls = table.text("tls")
    if tls is None:
        return ""
    named = _VARIABLE.fullmatch(tls) is not None
    table.require(named, f"tls = {tls!r} is not the beginning of a variable")
    ours = tls.startswith("FLEET_")
    table.require(not ours, f"tls = {tls!r}: FLEET_... is for the fleet itself")
    return tls


def _targets(table: Table, taken: Container[str]) -> Mapping[str, tuple[str, ...]]:
    inner = table.table("targets")
    targets = {key: inner.words(key) for key in inner.names()}
    for key in targets:
        named = _VARIABLE.fullmatch(key) is not None
        inner.require(named, f"{key!r} is not the name of a variable")
        ours = key.startswith("FLEET_")
        inner.require(not ours, f"{key}: FLEET_... is for the fleet itself")
        inner.require(key not in taken, f"{key} is set in env or store as well")
    return targets


def _strangers(plans: Sequence[ServicePlan]) -> Iterator[str]:
    """Yield what is wrong with targets that no service of the file has."""
    names = [plan.name for plan in plans]
    for plan in plans:
        for variable, wanted in plan.targets.items():
            for name in wanted:
                if name not in names:
                    unknown = Unknown("service", name, names)
                    yield f"[services.{plan.name}.targets] {variable}: {unknown}"


def _probe(table: Table) -> str:
    probe = table.text("probe")
    known = probe in (None, *PROBES)
    allowed = ", ".join(PROBES)
    table.require(known, f"probe = {probe!r} is not one of {allowed}")
    return probe or PROBES[0]


def _examples(table: Table) -> tuple[tuple[str, str], ...]:
    examples = table.lists("examples")
    pairs = tuple((words[0], words[1]) for words in examples if len(words) == 2)  # noqa: PLR2004 - a pair
    fine = len(pairs) == len(examples)
    table.require(fine, "examples is not a list of [METHOD, JSON]")
    return pairs
