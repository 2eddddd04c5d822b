"""What the scenarios cost, for people and for programs."""

import json
from collections.abc import Sequence

from fleet.columns import columns
from infra.rollout.load import Tally
from infra.rollout.play import Outcome

_HEAD = (
    "SCENARIO",
    "SECONDS",
    "SAFE",
    "UNSAFE",
    "GATEWAY",
    "GRPC'S OWN",
    "SIGKILL",
    "BREAKER",
)


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the lines of a table: calls that failed, of those that were made."""
    return columns([_HEAD, *(_row(outcome) for outcome in outcomes)])


def _row(outcome: Outcome) -> tuple[object, ...]:
    loads = outcome.loads
    ways = (loads.safe, loads.unsafe, loads.gateway, loads.peer)
    return (
        outcome.scenario.title,
        f"{outcome.seconds:.0f}",
        *(f"{tally.failed} of {tally.made}" for tally in ways),
        outcome.kills,
        "tripped" if outcome.trips else "-",
    )


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Return everything, each failure with its moment and status."""
    return json.dumps([_all(outcome) for outcome in outcomes], indent=2)


def _all(outcome: Outcome) -> dict[str, object]:
    loads = outcome.loads
    ways = {
        "safe": loads.safe,
        "unsafe": loads.unsafe,
        "gateway": loads.gateway,
        "grpc": loads.peer,
    }
    return {
        "scenario": outcome.scenario.name,
        "seconds": round(outcome.seconds, 1),
        "calls": {way: _tally(tally) for way, tally in ways.items()},
        "sigkills": outcome.kills,
        "breaker_tripped": outcome.trips,
        "problems": outcome.problems(),
    }


def _tally(tally: Tally) -> dict[str, object]:
    failures = [{"at_s": at, "status": status} for at, status in tally.failures]
    return {"made": tally.made, "failed": tally.failed, "failures": failures}
