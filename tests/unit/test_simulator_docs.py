"""docs/balancing.md and its pictures are what the simulator says today."""

import dataclasses
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.simulator import simulate
from benchmarks.simulator.docs import PAGE, PLOTS, put, replaced
from benchmarks.simulator.play import play
from benchmarks.simulator.plot import panels, summary
from benchmarks.simulator.plot.scale import Scale, around, log_ticks
from benchmarks.simulator.scenarios import HERD, SCENARIOS
from benchmarks.simulator.strategy import EVERYWHERE
from benchmarks.simulator.table import table

DOCS = Path(__file__).parents[2] / "docs"
OLD = "is old: python -m benchmarks.simulator --docs docs"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_herd_in_the_docs_is_what_the_simulator_prints() -> None:
    outcomes = [simulate(HERD, strategy) for strategy in EVERYWHERE]

    page = (DOCS / PAGE).read_text()
    picture = (DOCS / PLOTS / "herd.svg").read_text()
    assert replaced(page, "herd", table(HERD, outcomes)) == page, f"{PAGE} {OLD}"
    assert picture == panels(HERD, outcomes), f"herd.svg {OLD}"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_in_the_docs_is_what_the_simulator_prints(tmp_path: Path) -> None:
    (tmp_path / PLOTS).mkdir()
    (tmp_path / PAGE).write_text((DOCS / PAGE).read_text())

    put(tmp_path, list(play(list(SCENARIOS.values()))))

    names = [PAGE, *(f"{PLOTS}/{name}.svg" for name in (*SCENARIOS, "summary"))]
    old = [n for n in names if (tmp_path / n).read_text() != (DOCS / n).read_text()]
    assert not old, f"{old} {OLD}"


def test_every_scenario_has_its_table_and_its_picture_in_the_docs() -> None:
    page = (DOCS / PAGE).read_text()

    for name in SCENARIOS:
        assert page.count(f"<!-- simulator {name} -->") == 1
        assert f"]({PLOTS}/{name}.svg)" in page
        assert (DOCS / PLOTS / f"{name}.svg").exists()
    assert f"]({PLOTS}/summary.svg)" in page


@pytest.mark.parametrize("name", [*SCENARIOS, "summary"])
def test_a_picture_is_text_with_a_title_and_needs_nothing_else(name: str) -> None:
    picture = (DOCS / PLOTS / f"{name}.svg").read_text()

    root = ET.fromstring(picture)  # noqa: S314 - our own file
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    assert "prefers-color-scheme:dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_every_line_that_is_used_is_drawn_inside_its_panel() -> None:
    for name in SCENARIOS:
        root = ET.fromstring((DOCS / PLOTS / f"{name}.svg").read_text())  # noqa: S314 - our own file
        lines = {one.get("id"): one for one in root.iter(f"{SVG}path") if one.get("id")}
        used = {one.get("href", "")[1:] for one in root.iter(f"{SVG}use")}
        assert used == set(lines)
        for one in lines.values():
            places = (one.get("d") or "")[1:].split()
            assert all(0 <= float(place.split(",")[1]) <= 150 for place in places)


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no place for the table of herd"):
        replaced("nothing", "herd", "a table")


def test_a_summary_leaves_overload_out() -> None:
    runs = [
        (brief, [simulate(brief, EVERYWHERE[1])])
        for name in ("herd", "twice")
        for brief in (dataclasses.replace(SCENARIOS[name], duration_s=1),)
    ]

    drawn = summary(runs)

    assert ">herd</text>" in drawn
    assert ">twice</text>" not in drawn


@pytest.mark.parametrize(
    ("value", "pixel"), [(1, 0), (10, 50), (100, 100), (0.1, 0), (1000, 100)]
)
def test_a_logarithmic_scale_gives_each_decade_the_same_room(
    value: float, pixel: float
) -> None:
    assert Scale(1, 100, 0, 100, log=True).at(value) == pytest.approx(pixel)


def test_ticks_are_round_and_enclose_the_values() -> None:
    assert around([13, 700]) == (10, 1000)
    assert log_ticks(10, 100) == [10, 20, 50, 100]
