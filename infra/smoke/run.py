"""The course of a smoke test: start, wait, read."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.smoke.cloud import Cloud, Task
from infra.smoke.errors import (
    CallFailed,
    NoCapacity,
    NotStarted,
    SmokeFailed,
    Unfinished,
)
from infra.smoke.plan import Plan

EVERY_S = 3.0
"""Between two questions: a task is up in 20 to 60 s, and ECS's API has a rate."""
LOG_TRIES = 10
"""A log arrives some seconds after its task has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs one task to its end.

    Args:
        cloud: Who runs it.
        wait: Waits for so many seconds; tests pass one that only counts.
        tell: Shows a line of progress.
        patience_s: For all of it. A place that ECS does not have now is asked for
            again until then.
    """

    cloud: Cloud
    wait: Callable[[float], object]
    tell: Callable[[str], None]
    patience_s: float = 300.0

    def run(self, plan: Plan) -> str:
        """Return what the call printed.

        Raises:
            SmokeFailed: One of its kinds, for each way not to get there.
        """
        left_s = self.patience_s
        task, left_s = self._start(plan, left_s)
        try:
            ended = self._watch(plan, task, left_s)
        except BaseException:
            self._stop(plan, task)
            raise
        if ended.exit_code is None:
            raise NotStarted(ended.reason or "ECS gives no reason")
        said = self._said(plan, task)
        if ended.exit_code:
            raise CallFailed(ended.exit_code, said)
        return said

    def _start(self, plan: Plan, left_s: float) -> tuple[str, float]:
        while True:
            try:
                task = self.cloud.start(plan)
            except NoCapacity as error:
                if left_s < EVERY_S:
                    raise
                self.tell(f"{error}; again in {EVERY_S:g} s")
                self.wait(EVERY_S)
                left_s -= EVERY_S
            else:
                self.tell(f"task {task.rpartition('/')[2]}")
                return task, left_s

    def _watch(self, plan: Plan, task: str, left_s: float) -> Task:
        shown = ""
        while True:
            now = self.cloud.look(plan, task)
            if now.status != shown:
                self.tell(now.status)
                shown = now.status
            if now.over:
                return now
            if left_s < EVERY_S:
                raise Unfinished(self.patience_s, now.status)
            self.wait(EVERY_S)
            left_s -= EVERY_S

    def _stop(self, plan: Plan, task: str) -> None:
        try:
            self.cloud.stop(plan, task)
        except SmokeFailed as error:  # what we were about to say matters more
            self.tell(f"the task could not be stopped: {error}")

    def _said(self, plan: Plan, task: str) -> str:
        for _ in range(LOG_TRIES):
            if said := self.cloud.said(plan, task):
                return said
            self.wait(EVERY_S)
        self.tell(f"nothing in the log group {plan.log}")
        return ""
