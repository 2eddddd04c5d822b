"""Compare policies: `python -m benchmarks.simulator [SCENARIO ...] [--json]`."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.simulator.docs import put
from benchmarks.simulator.play import Runs, play
from benchmarks.simulator.scenarios import SCENARIOS
from benchmarks.simulator.table import table


def main() -> int:
    """Print what was asked for; 2 is a usage error."""
    options = _options()
    chosen = [SCENARIOS[name] for name in options.names or SCENARIOS]
    runs: list[Runs] = []
    for scenario, outcomes in play(chosen):
        print(f"played {scenario.name}", file=sys.stderr, flush=True)
        runs.append((scenario, outcomes))
        if not options.json:
            print(table(scenario, outcomes))
    if options.json:
        every = [one.as_dict() for _, outcomes in runs for one in outcomes]
        print(json.dumps(every, indent=2))
    if options.docs:
        put(options.docs, runs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS)
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--docs",
        type=Path,
        metavar="FOLDER",
        help="put tables into balancing.md there, and plots into balancing/",
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(SCENARIOS):
        parser.error(f"no scenario {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
