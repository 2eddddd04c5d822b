"""Tables and plots, put where docs/balancing.md has them."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.simulator.play import Runs
from benchmarks.simulator.plot import panels, summary
from benchmarks.simulator.scenarios import SCENARIOS
from benchmarks.simulator.table import table

PAGE = "balancing.md"
PLOTS = "balancing"


def put(folder: Path, runs: Sequence[Runs]) -> None:
    """Write what *runs* say; the summary needs every scenario.

    Raises:
        ValueError: The page has no place for a table.
    """
    page = (folder / PAGE).read_text()
    for scenario, outcomes in runs:
        page = replaced(page, scenario.name, table(scenario, outcomes))
        drawn = panels(scenario, outcomes)
        (folder / PLOTS / f"{scenario.name}.svg").write_text(drawn)
    (folder / PAGE).write_text(page)
    if len(runs) == len(SCENARIOS):
        (folder / PLOTS / "summary.svg").write_text(summary(runs))


def replaced(page: str, name: str, text: str) -> str:
    """Return *page* with *text* between the marks of *name*."""
    before, begin, rest = page.partition(f"<!-- simulator {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not (begin and end):
        raise ValueError(f"{PAGE} has no place for the table of {name}")
    return f"{before}{begin}```text\n{text.rstrip()}\n```\n{end}{after}"
