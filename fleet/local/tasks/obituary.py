"""What is said about a task that has gone."""

import signal
from collections.abc import Sequence

from fleet.local.tasks.task import Task

LAST_WORDS = 5
"""Lines of its log that are quoted for a task that died young."""


def obituary(task: Task, last_words: Sequence[str]) -> str:
    """Say how *task* ended; one that never was healthy is quoted."""
    lived = f"{task.id} {_end(task)} after {task.age_s:.1f} s"
    if not task.wanted or task.was_healthy:
        return lived
    quoted = [f"  | {line}" for line in last_words[-LAST_WORDS:]]
    return "\n".join([f"{lived}, never healthy; its last words:", *quoted])


def _end(task: Task) -> str:
    if not task.wanted:
        killed = task.exit_code == -signal.SIGKILL
        return f"was killed ({task.reason})" if killed else f"left ({task.reason})"
    if task.reason:
        return task.reason
    code = task.exit_code or 0
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
