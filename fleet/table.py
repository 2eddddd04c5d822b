"""Reading a table of a file, collecting every mistake instead of stopping."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast


@dataclass(slots=True)
class Table:
    """One table, the name it has in messages, and the mistakes found so far.

    A wrong value is noted and answered with a harmless one, so that reading
    goes on to the next mistake.
    """

    values: Mapping[str, object]
    name: str
    problems: list[str]
    asked: set[str] = field(default_factory=set)

    def require(self, holds: bool, problem: str) -> None:  # noqa: FBT001 - like assert
        """Note *problem* unless *holds*."""
        if not holds:
            self.problems.append(f"[{self.name}] {problem}" if self.name else problem)

    def names(self) -> Iterator[str]:
        """Yield every key that is there, marking it as known."""
        for key in self.values:
            self.asked.add(key)
            yield key

    def table(self, key: str) -> "Table":
        """Return the table *key*; an empty one where it is missing."""
        self.asked.add(key)
        value = self.values.get(key, {})
        self.require(isinstance(value, Mapping), f"{key} is not a table")
        inner = cast(
            "Mapping[str, object]", value if isinstance(value, Mapping) else {}
        )
        return Table(inner, f"{self.name}.{key}".lstrip("."), self.problems)

    def words(
        self, key: str, *, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """Return a list of strings that is not empty."""
        self.asked.add(key)
        value = self.values.get(key, default)
        if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.require(value == (), f'{key} = {value!r} is not a list like ["a", "b"]')
        return ()

    def lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of strings; an empty one where it is missing."""
        self.asked.add(key)
        value = self.values.get(key, [])
        good = isinstance(value, list) and all(
            isinstance(inner, list) and all(isinstance(v, str) for v in inner)
            for inner in value
        )
        self.require(good, f'{key} = {value!r} is not a list like [["a", "b"]]')
        return tuple(map(tuple, cast("list[list[str]]", value))) if good else ()

    def number(
        self, key: str, least: int, most: int, *, default: int | None = None
    ) -> int:
        """Return a whole number of at least *least* and at most *most*."""
        self.asked.add(key)
        value = self.values.get(key, default)
        if type(value) is int and least <= value <= most:
            return value
        self.require(
            holds=False,
            problem=f"{key} = {value!r} is not a number of {least} to {most}",
        )
        return least

    def flag(self, key: str) -> bool:
        """Return a switch; off where it is missing."""
        self.asked.add(key)
        value = self.values.get(key, False)
        self.require(isinstance(value, bool), f"{key} = {value!r} is not true or false")
        return value is True

    def text(self, key: str) -> str | None:
        """Return a string; None where it is missing."""
        self.asked.add(key)
        value = self.values.get(key)
        good = value is None or isinstance(value, str)
        self.require(good, f"{key} = {value!r} is not a string")
        return value if isinstance(value, str) else None

    def strings(self, key: str) -> dict[str, str]:
        """Return a table of strings; an empty one where it is missing."""
        inner = self.table(key)
        for name, value in inner.values.items():
            self.require(
                isinstance(value, str), f"{key}.{name} = {value!r}: not a string"
            )
        return {k: v for k, v in inner.values.items() if isinstance(v, str)}

    def nothing_else(self) -> None:
        """Note every key that nobody asked for, with the nearest that exists."""
        for key in self.values.keys() - self.asked:
            near = difflib.get_close_matches(key, self.asked, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self.require(holds=False, problem=f"{key} is not a setting{hint}")
