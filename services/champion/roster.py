"""The champions and battle fields, out of a file that people edit."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.errors import BadConfig
from rpc.rpc_pb2 import BattleField, Champion, ChampionType
from services.champion.table import Field, read_rows

DATA = Path(__file__).with_name("data.toml")

_TYPES = frozenset(ChampionType.keys()) - {"UNKNOWN"}
_CHAMPION = {
    "id": Field(int),
    "type": Field(str, one_of=_TYPES),
    "name": Field(str),
    "message": Field(str, may_be_empty=True),
}
_BATTLE_FIELD = {
    "id": Field(int),
    "name": Field(str),
    "description": Field(str, may_be_empty=True),
}


@dataclass(frozen=True, slots=True)
class Roster:
    """All that the game server knows, in the order of the file."""

    champions: Mapping[int, Champion]
    battle_fields: tuple[BattleField, ...]
    """Never empty."""


def load(path: Path) -> Roster:
    """Read a roster in the form of `data.toml`.

    Raises:
        BadConfig: With every mistake in the file, or why it cannot be read.
    """
    problems: list[str] = []
    tables = _tables(path)
    known = ("champions", "battle_fields")
    problems.extend(f"unknown key {key!r}" for key in tables if key not in known)
    champions = read_rows("champions", tables, _CHAMPION, problems)
    fields = read_rows("battle_fields", tables, _BATTLE_FIELD, problems)
    if problems:
        raise BadConfig(str(path), problems)
    return Roster(
        {row["id"]: _champion(row) for row in champions},
        tuple(_battle_field(row) for row in fields),
    )


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadConfig(str(path), [error.strerror or str(error)]) from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise BadConfig(str(path), [str(error)]) from error


def _champion(row: Mapping[str, Any]) -> Champion:
    return Champion(
        champion_id=row["id"],
        type=ChampionType.Value(row["type"]),
        name=row["name"],
        message=row["message"],
    )


def _battle_field(row: Mapping[str, Any]) -> BattleField:
    return BattleField(
        battle_field_id=row["id"], name=row["name"], description=row["description"]
    )
