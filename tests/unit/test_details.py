"""Texts of refusals, cut to what a status can carry."""

import pytest

from fleet.server.details import short


@pytest.mark.parametrize("character", ["A", "é", "%", "\ud800"])
def test_megabytes_are_cut_before_they_are_quoted(character: str) -> None:
    assert len(short(character * 4_000_000)) <= 1027


def test_what_fits_stays() -> None:
    assert short("no board 'x'") == "no board 'x'"
