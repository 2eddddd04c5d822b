"""Columns stand below each other, whatever the cells are."""

from fleet.columns import columns


def test_each_column_is_as_wide_as_its_widest_cell() -> None:
    assert columns([("A", "LONG", "X"), ("wide", 7, "")]) == [
        "A     LONG  X",
        "wide  7",
    ]


def test_one_cell_is_one_line() -> None:
    assert columns([("A",)]) == ["A"]
