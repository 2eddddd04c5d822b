"""`fleet.toml`: what a fleet on one machine runs."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fleet.errors import BadConfig
from fleet.local.table import Table

MOST_TASKS = 100
OURS = ("FLEET_LISTEN", "FLEET_LEASH_FD", "FLEET_LINGER_S", "FLEET_GRACE_S")
"""Variables that the supervisor sets for every task."""

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
    example: tuple[str, str] | None = None
    """A method and its JSON argument, shown as a call to try."""


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
    example = table.words("example", default=())
    table.require(len(example) in (0, 2), "example is not [METHOD, JSON]")
    plan = ServicePlan(
        name=name,
        command=command,
        port=table.number("port", 1, 65535),
        folder=folder,
        tasks=table.number("tasks", 0, MOST_TASKS, default=1),
        env=env,
        example=(example[0], example[1]) if len(example) == 2 else None,  # noqa: PLR2004 - a pair
    )
    table.nothing_else()
    return plan
