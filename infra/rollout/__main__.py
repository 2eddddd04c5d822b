"""`python -m infra.rollout`: what an environment's deploys cost its callers.

stdout is the table, or JSON; progress goes to stderr. 0: nothing was lost that should
not be; 1: something was; 2: a mistake in the words or the templates.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fleet.deployed import load
from fleet.errors import BadConfig
from infra.rollout.plan import ServicePlan
from infra.rollout.play import Outcome, play
from infra.rollout.report import as_json, table
from infra.rollout.scenarios import SCENARIOS, Scenario
from infra.rollout.stage import stage
from infra.rollout.template import service_plan

_NAMES = [scenario.name for scenario in SCENARIOS]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m infra.rollout",
        description="Play deploys and outages with real tasks, as the templates say.",
        epilog='example: make rollouts ARGS="--environment prod --scenario spot"',
    )
    add = parser.add_argument
    add("--environment", default="staging", help="default: staging")
    add(
        "--scenario",
        choices=_NAMES,
        action="append",
        metavar="NAME",
        help=f"may be given again; default: all of {', '.join(_NAMES)}",
    )
    add("--templates", type=Path, default=Path("build/cdk.out"), metavar="FOLDER")
    add("--json", action="store_true", help="every failure with its moment")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code, see above."""
    options = _parser().parse_args(argv)
    wanted = [s for s in SCENARIOS if s.name in (options.scenario or _NAMES)]
    try:
        assembly = load(options.templates)
        game_server = service_plan(assembly, options.environment, "game-server")
        gateway = service_plan(assembly, options.environment, "gateway")
        outcomes = asyncio.run(_played(game_server, gateway, wanted))
    except BadConfig as error:
        sys.stderr.write(f"rollout: {error}\n")
        return 2
    print(as_json(outcomes) if options.json else "\n".join(table(outcomes)))
    problems = [(one.scenario.title, p) for one in outcomes for p in one.problems()]
    for title, problem in problems:
        sys.stderr.write(f"rollout: {title}: {problem}\n")
    return 1 if problems else 0


async def _played(
    game_server: ServicePlan, gateway: ServicePlan, wanted: Sequence[Scenario]
) -> list[Outcome]:
    outcomes = []
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {text}\n")

    async with stage(game_server, gateway, say) as up:
        for scenario in wanted:
            if reason := scenario.impossible(game_server):
                say(f"--- {scenario.title}: left out, {reason}")
                continue
            say(f"--- {scenario.title}")
            outcomes.append(await play(up, scenario))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
