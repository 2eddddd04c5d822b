"""Anything that has a name in a schema."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fleet.cli.schema import prototext as schema
from fleet.client.reflection import Reflection
from fleet.errors import CallRefused, Status, Unknown


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition, as text."""

    name: str
    kind: str
    text: str


_KINDS: tuple[tuple[str, str, Callable[[Any], Iterable[str]]], ...] = (
    ("service", "FindServiceByName", schema.service),
    ("method", "FindMethodByName", schema.method),
    ("message", "FindMessageTypeByName", schema.message),
    ("enum", "FindEnumTypeByName", schema.enum),
    ("one-of", "FindOneofByName", schema.oneof),
    ("field", "FindFieldByName", schema.field),
)


async def find_symbol(reflection: Reflection, name: str) -> Symbol:
    """Return the definition of *name*, a full name.

    Raises:
        Unknown: The server does not have it.
    """
    name = name.removeprefix(".")
    await _learn(reflection, name)
    for kind, find, lines in _KINDS:
        with contextlib.suppress(KeyError):
            found = getattr(reflection.pool, find)(name)
            return Symbol(name, kind, "\n".join(lines(found)))
    raise Unknown("symbol", name, await reflection.services())


async def _learn(reflection: Reflection, name: str) -> None:
    """Learn the file of *name*.

    Many servers know a method or a field only by what it is in.
    """
    while name:
        try:
            await reflection.learn(name)
        except CallRefused as error:
            if error.status is not Status.NOT_FOUND:
                raise
            name = name.rpartition(".")[0]
        else:
            return
