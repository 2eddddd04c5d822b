"""Run every benchmark, or those named: `python -m benchmarks [NAME ...] [--json]`."""

import argparse
import asyncio
import importlib
import json
import sys

from benchmarks.result import Result, table

NAMES = (
    "overhead",
    "newcomer",
    "slow_task",
    "telemetry",
    "thousand",
    "footprint",
    "updates",
    "rankings",
    "million",
    "codec",
    "gateway",
    "watchers",
)


def main() -> int:
    """Return 0 when every figure is on the right side of its bar, else 1."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    results: list[Result] = []
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"measuring {module.TITLE} ...", file=sys.stderr, flush=True)
        results += asyncio.run(module.measure())
    if options.json:
        print(json.dumps([result.as_dict() for result in results], indent=2))
    else:
        print(table(results))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
