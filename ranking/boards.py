"""The boards, out of a file that people edit."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ranking.errors import BadBoards
from ranking.settings import CHECKS
from ranking.spec import MOST, BoardSpec

BOARDS = Path(__file__).with_name("boards.toml")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_OF_A_PERIOD = ("time_zone", "days_kept", "grace_s")
"""Mean nothing on a board that has one period for ever."""


def load(path: Path) -> tuple[BoardSpec, ...]:
    """Read boards in the form of `boards.toml`, in the order of the file.

    Raises:
        BadBoards: With every mistake in the file, or why it cannot be read.
    """
    tables = _tables(path)
    boards = tables.get("boards")
    problems = list(_strangers(tables, ["boards"]))
    if not isinstance(boards, dict) or not boards:
        raise BadBoards(str(path), [*problems, "at least one [boards.NAME] is needed"])
    for name, rules in boards.items():
        where = f"[boards.{name if _NAME.fullmatch(name) else repr(name)}]"
        problems += [f"{where} {fault}" for fault in _faults(name, rules)]
    if problems:
        raise BadBoards(str(path), problems)
    return tuple(_spec(name, rules) for name, rules in boards.items())


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadBoards(str(path), [error.strerror or str(error)]) from error
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        raise BadBoards(str(path), [str(error)]) from error


def _faults(name: str, rules: object) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "the name is not 1 to 32 of a-z, 0-9 and -, the first no -"
    if not isinstance(rules, dict):
        yield f"is {rules!r}, not a table"
        return
    yield from _strangers(rules, CHECKS)
    wrong = {key: CHECKS[key](rules[key]) for key in CHECKS if key in rules}
    yield from (f"{key} {fault}" for key, fault in wrong.items() if fault)
    if not any(wrong.values()):
        yield from _contradictions(rules)


def _contradictions(rules: Mapping[str, Any]) -> Iterator[str]:
    """Yield what makes no sense together, each value being right by itself."""
    lowest, highest = rules.get("lowest", -MOST), rules.get("highest", MOST)
    if lowest > highest:
        yield f"lowest = {lowest} is above highest = {highest}"
    elif rules.get("operator") == "sum" and not lowest <= 0 <= highest:
        yield f"a sum begins at 0, which is not in {lowest} to {highest}"
    if rules.get("period") == "all-time":
        for key in _OF_A_PERIOD:
            if key in rules:
                yield f"{key} means nothing on an all-time board; leave it out"


def _strangers(table: Mapping[str, object], known: Collection[str]) -> Iterator[str]:
    for key in table.keys() - set(known):
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
        yield f"{key!r} is not a setting; {hint}"


def _spec(name: str, rules: Mapping[str, Any]) -> BoardSpec:
    made: dict[str, Any] = dict(rules)
    if "time_zone" in made:
        made["time_zone"] = ZoneInfo(made["time_zone"])
    if "grades" in made:
        made["grades"] = tuple(made["grades"])
    if made.get("period") == "all-time":
        made |= {"days_kept": 0, "grace_s": 0}
    return BoardSpec(name=name, **made)
