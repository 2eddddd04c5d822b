from pathlib import Path

import pytest

from fleet.errors import BadConfig
from services.champion.roster import DATA, load

GOOD = """
[[champions]]
id = 1
type = "MAGE"
name = "A"
message = ""
[[battle_fields]]
id = 1
name = "B"
description = ""
"""


def problems_of(path: Path, text: str) -> tuple[str, ...]:
    path.write_text(text, "utf-8")
    with pytest.raises(BadConfig) as caught:
        load(path)
    return caught.value.problems


def test_the_shipped_data_is_what_clients_in_the_field_know() -> None:
    roster = load(DATA)

    assert [c.name for c in roster.champions.values()] == [
        "Akali",
        "Kennen",
        "Tryndamere",
    ]
    assert [f.name for f in roster.battle_fields] == [
        "Summoner's Lift",
        "The Twisted Treeline",
        "Howling Abyss",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("id = 1", "id = 0", "champions 1: id is 0", id="id-below-1"),
        pytest.param("id = 1", "id = 2147483648", "allowed is 1 to", id="past-int32"),
        pytest.param("id = 1", "id = true", "not of type int", id="a-bool-is-no-id"),
        pytest.param("id = 1", 'id = "1"', "not of type int", id="text-is-no-id"),
        pytest.param("id = 1", "", "id is missing", id="missing"),
        pytest.param("MAGE", "BARD", "type is 'BARD', allowed", id="unknown-type"),
        pytest.param("MAGE", "UNKNOWN", "type is 'UNKNOWN'", id="the-zero-type"),
        pytest.param('"A"', '" "', "name is empty", id="empty-name"),
        pytest.param('"A"', f'"{"x" * 201}"', "201 characters", id="too-long"),
        pytest.param('"A"', '"A"\nhp = 1', "unknown key 'hp'", id="unknown-key"),
        pytest.param("[[champions]]", "[[heroes]]", "'heroes'", id="unknown-table"),
        pytest.param(GOOD, "champions = 3", "at least one", id="not-a-list"),
        pytest.param(GOOD, "champions = [3]", "3, not a table", id="not-tables"),
        pytest.param(GOOD, "champions = [", "end of document", id="not-toml"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = problems_of(tmp_path / "data.toml", GOOD.replace(old, new, 1))

    assert any(problem in line for line in found), found


def test_reports_every_mistake_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("MAGE", "BARD") + '[[champions]]\nid = 1\nname = ""\n'

    found = problems_of(tmp_path / "data.toml", text)

    assert len(found) == 5  # bad type; missing type and message; empty; twice


def test_an_id_is_given_once(tmp_path: Path) -> None:
    champions, _, _ = GOOD.partition("[[battle")

    found = problems_of(tmp_path / "data.toml", GOOD + champions)

    assert found == ("champions: id 1 is given twice",)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="utf-8"):
        load(tmp_path / "bytes.toml")
    with pytest.raises(BadConfig, match="directory"):
        load(tmp_path)
