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
AGAIN_S = 15.0
"""After a call that met nobody: after the very first image ECS has no task for a
minute, and CloudFormation has not waited for one."""
_NOBODY_YET = (1, 64 + 14)
"""Exit codes of `fleet call`: discovery lists no task; UNAVAILABLE."""
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
            again until then, and so is a task where nobody answers yet.
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
        patience = Patience(self.patience_s, self.wait)
        while True:
            try:
                return self._call(plan, patience)
            except CallFailed as error:
                if error.code not in _NOBODY_YET or not patience.lasts(AGAIN_S):
                    raise
                self.tell(f"{error}; again in {AGAIN_S:g} s")

    def _call(self, plan: Plan, patience: "Patience") -> str:
        task = self._start(plan, patience)
        try:
            ended = self._watch(plan, task, patience)
        except BaseException:
            self._stop(plan, task)
            raise
        if ended.exit_code is None:
            raise NotStarted(ended.reason or "ECS gives no reason")
        said = self._said(plan, task)
        if ended.exit_code:
            raise CallFailed(ended.exit_code, said)
        return said

    def _start(self, plan: Plan, patience: "Patience") -> str:
        while True:
            try:
                task = self.cloud.start(plan)
            except NoCapacity as error:
                if not patience.lasts(EVERY_S):
                    raise
                self.tell(f"{error}; again")
            else:
                self.tell(f"task {task.rpartition('/')[2]}")
                return task

    def _watch(self, plan: Plan, task: str, patience: "Patience") -> Task:
        shown = ""
        while True:
            now = self.cloud.look(plan, task)
            if now.status != shown:
                self.tell(now.status)
                shown = now.status
            if now.over:
                return now
            if not patience.lasts(EVERY_S):
                raise Unfinished(self.patience_s, now.status)

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


@dataclass(slots=True)
class Patience:
    """How long there is still to wait."""

    left_s: float
    wait: Callable[[float], object]

    def lasts(self, seconds: float) -> bool:
        """Wait for so long and return True; or return False, if that is too long."""
        if self.left_s < seconds:
            return False
        self.wait(seconds)
        self.left_s -= seconds
        return True
