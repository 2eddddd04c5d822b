"""What is asked of AWS, without a word of any SDK: the seam."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from infra.smoke.plan import Plan


@dataclass(frozen=True, slots=True)
class Task:
    """What is known of a task."""

    status: str
    """`PROVISIONING` ... `RUNNING` ... `STOPPED`."""
    exit_code: int | None = None
    """Of its program; None: not ended, or never started."""
    reason: str = ""
    """Why it stopped, in ECS's words."""

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status == "STOPPED"


class Cloud(Protocol):
    """Raises `Refused` wherever AWS does."""

    def outputs(self, stack: str) -> Mapping[str, str]:
        """Return the outputs of *stack*; NotDeployed: there is none."""

    def start(self, plan: Plan) -> str:
        """Start one task, return its ARN; NoCapacity: ECS has no room now."""

    def look(self, plan: Plan, task: str) -> Task:
        """Return what is known of the task."""

    def said(self, plan: Plan, task: str) -> str:
        """Return what it wrote; empty: nothing has arrived in the log yet."""

    def stop(self, plan: Plan, task: str) -> None:
        """Stop it."""
