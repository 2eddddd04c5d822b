"""What is said about a task that has gone."""

import signal
from collections.abc import Sequence
from typing import Protocol

LAST_WORDS = 5
"""Lines of its log that are quoted for a task that died young."""


class Ended(Protocol):
    """What has to be known of the dead: a task, or the store."""

    id: str
    wanted: bool
    was_healthy: bool
    reason: str
    exit_code: int | None

    @property
    def age_s(self) -> float:
        """Seconds since its start."""
        ...


def obituary(task: Ended, last_words: Sequence[str]) -> str:
    """Say how *task* ended; one that never was healthy is quoted."""
    lived = f"{task.id} {_end(task)} after {task.age_s:.1f} s"
    if not task.wanted or task.was_healthy:
        return lived
    quoted = [f"  | {line}" for line in last_words[-LAST_WORDS:]]
    return "\n".join([f"{lived}, never healthy; its last words:", *quoted])


def _end(task: Ended) -> str:
    if not task.wanted:
        killed = task.exit_code == -signal.SIGKILL
        return f"was killed ({task.reason})" if killed else f"left ({task.reason})"
    if task.reason:
        return task.reason
    code = task.exit_code or 0
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
