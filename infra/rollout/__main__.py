"""`python -m infra.rollout`: what an environment's deploys cost its callers.

stdout is the table, or JSON, of every scenario that has ended, whatever ends the
command; progress goes to stderr. 0: nothing was lost that should not be; 1: something
was; 2: it could not be played, the last line says why; 130: Ctrl-C.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fleet.deployed import load
from fleet.errors import FleetError
from infra.rollout.plan import ServicePlan
from infra.rollout.play import Outcome, play
from infra.rollout.report import as_json, table
from infra.rollout.scenarios import SCENARIOS, Scenario
from infra.rollout.stage import stage
from infra.rollout.template import service_plan

_NAMES = [scenario.name for scenario in SCENARIOS]
_INTERRUPTED = 130

Show = Callable[[ServicePlan, ServicePlan, Sequence[Scenario], list[Outcome]], None]
"""Play game servers and gateways; each outcome is appended when it is known."""


def _show(
    game_server: ServicePlan,
    gateway: ServicePlan,
    wanted: Sequence[Scenario],
    outcomes: list[Outcome],
) -> None:
    asyncio.run(_played(game_server, gateway, wanted, outcomes))


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


def main(argv: Sequence[str] | None = None, *, show: Show = _show) -> int:
    """Return the exit code, see above."""
    options = _parser().parse_args(argv)
    outcomes: list[Outcome] = []
    code, why = 0, ""
    try:
        _perform(options, show, outcomes)
    except KeyboardInterrupt:
        code, why = _INTERRUPTED, "interrupted"
    except (FleetError, OSError, RuntimeError) as error:
        code, why = 2, str(error) or type(error).__name__
    finally:
        lost = _report(outcomes, json=options.json)
    if why:
        sys.stderr.write(f"rollout: {why}\n")
    return code or int(lost)


def _perform(options: argparse.Namespace, show: Show, outcomes: list[Outcome]) -> None:
    wanted = [s for s in SCENARIOS if s.name in (options.scenario or _NAMES)]
    assembly = load(options.templates)
    game_server = service_plan(assembly, options.environment, "game-server")
    gateway = service_plan(assembly, options.environment, "gateway")
    show(game_server, gateway, wanted, outcomes)


def _report(outcomes: Sequence[Outcome], *, json: bool) -> bool:
    """Print what is known; return whether something was lost that should not be."""
    if outcomes or json:
        print(as_json(outcomes) if json else "\n".join(table(outcomes)))
    problems = [(one.scenario.title, p) for one in outcomes for p in one.problems()]
    for title, problem in problems:
        sys.stderr.write(f"rollout: {title}: {problem}\n")
    return bool(problems)


async def _played(
    game_server: ServicePlan,
    gateway: ServicePlan,
    wanted: Sequence[Scenario],
    outcomes: list[Outcome],
) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
