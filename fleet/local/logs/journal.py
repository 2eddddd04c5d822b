"""Every task's log, and those who follow along."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fleet.errors import Unknown
from fleet.local.logs.file import Line, TaskLog

FLEET = "fleet"
"""The name under which the supervisor itself speaks."""


class Follower:
    """Lines as they come; the oldest are dropped for one who reads too slowly."""

    def __init__(self, task: str | None, *, most: int = 10_000) -> None:
        self._task = task
        self._lines: deque[Line] = deque(maxlen=most)
        self._there = asyncio.Event()
        self._skipped = 0

    def offer(self, lines: Sequence[Line]) -> None:
        """Remember those of *lines* that are wanted here."""
        wanted = [x for x in lines if self._task in (None, x.task)]
        room = (self._lines.maxlen or 0) - len(self._lines)
        self._skipped += max(0, len(wanted) - room)
        self._lines.extend(wanted)
        if wanted:
            self._there.set()

    async def next(self) -> list[Line]:
        """Wait for lines, and return all that there are."""
        await self._there.wait()
        return self.take()

    def take(self) -> list[Line]:
        """Return the lines that are there."""
        self._there.clear()
        lines = list(self._lines)
        self._lines.clear()
        if self._skipped:
            text = f"{self._skipped} lines skipped: they came faster than they are read"
            lines.insert(0, Line(lines[0].at, FLEET, text))
            self._skipped = 0
        return lines


class Journal:
    """The logs of all tasks in one folder.

    Args:
        folder: Exists, and belongs to this fleet.
        most_bytes: Per file; a task has at most two.
        most_stopped: Stopped tasks whose logs are kept.
    """

    def __init__(
        self, folder: Path, *, most_bytes: int = 1 << 20, most_stopped: int = 20
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_stopped = most_stopped
        self._logs: dict[str, TaskLog] = {}
        self._stopped: deque[TaskLog] = deque()
        self._followers: set[Follower] = set()

    def write(self, task: str, texts: Sequence[str]) -> None:
        """Keep what *task* printed, and tell the followers."""
        if not texts:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines = [Line(at.replace("+00:00", "Z"), task, text) for text in texts]
        if task not in self._logs:
            self._logs[task] = TaskLog(self._folder, task, most=self._most_bytes)
        self._logs[task].write(lines)
        for follower in self._followers:
            follower.offer(lines)

    def say(self, text: str) -> None:
        """Keep what the supervisor itself has to tell."""
        self.write(FLEET, text.splitlines())

    def knows(self, task: str) -> bool:
        """Whether anything is kept of *task*."""
        return task in self._logs

    def tail(self, task: str | None, count: int) -> list[Line]:
        """Return the last *count* lines of *task*, or of all, oldest first.

        Raises:
            Unknown: Nothing is kept of *task*.
        """
        if task is not None and task not in self._logs:
            raise Unknown("log of a task", task, sorted(self._logs))
        chosen = self._logs.values() if task is None else [self._logs[task]]
        lines = [line for log in chosen for line in log.tail(count)]
        return sorted(lines, key=lambda x: x.at)[-count:] if count > 0 else []

    def stopped(self, task: str) -> None:
        """Let go of *task*, and of the task that has been stopped longest."""
        if task not in self._logs:
            return
        self._stopped.append(self._logs[task])
        if len(self._stopped) > self._most_stopped:
            oldest = self._stopped.popleft()
            del self._logs[oldest.task]
            oldest.remove()

    def close(self) -> None:
        """Close every file."""
        for log in self._logs.values():
            log.close()

    @contextlib.contextmanager
    def follow(self, task: str | None = None) -> Iterator[Follower]:
        """Hear every line of *task*, or of all, for the length of the block."""
        follower = Follower(task)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
