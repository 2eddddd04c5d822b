"""What `fleet call --repeat` tells: latency, failures, and each task's share."""

from typing import Any

from fleet.cli.calling.load import Outcome
from fleet.cli.out import table
from fleet.client.explain import Explanation


def summary(
    outcome: Outcome, before: Explanation, after: Explanation
) -> dict[str, Any]:
    """Return plain values, ready for JSON.

    Args:
        outcome: Of the calls.
        before: The channel as it was: reflection calls are not counted.
        after: The channel as it is now.
    """
    earlier = {row.endpoint: row.calls for row in before.rows}
    made = {r.endpoint: r.calls - earlier.get(r.endpoint, 0) for r in after.rows}
    told = outcome.as_dict()
    total = max(sum(made.values()), outcome.total, 1)
    tasks: list[dict[str, Any]] = [
        {"endpoint": row.endpoint, "calls": made[row.endpoint], "ms": row.latency_ms}
        for row in after.rows
    ]
    if total > sum(made.values()) and outcome.total:
        left = total - sum(made.values())
        tasks.append({"endpoint": "tasks that left", "calls": left, "ms": None})
    for task in tasks:
        task["share"] = round(task["calls"] / total, 4)
    return {**told, "tasks": tasks}


def print_summary(told: dict[str, Any]) -> None:
    """Print what `summary` returned, for people."""
    failed = sum(told["failed"].values())
    print(
        f"{told['calls']} calls in {told['elapsed_s']} s,"
        f" {told['calls_per_s']} calls/s, {failed} failed"
    )
    latency = ", ".join(
        f"{name} {'-' if ms is None else ms}" for name, ms in told["latency_ms"].items()
    )
    print(f"latency in ms: {latency}")
    for status, count in told["failed"].items():
        print(f"failed with {status}: {count}")
    rows = [
        (t["endpoint"], t["calls"], f"{t['share']:.1%}", t["ms"] or "-")
        for t in told["tasks"]
    ]
    table(("ENDPOINT", "CALLS", "SHARE", "RECENT MS"), rows)
