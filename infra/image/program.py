"""Running other programs: their progress is ours, their answers are text."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from infra.image.errors import ProgramFailed, ProgramMissing


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs programs with one environment."""

    env: Mapping[str, str]

    def has(self, program: str) -> bool:
        """Tell whether *program* is installed."""
        return shutil.which(program, path=self.env.get("PATH")) is not None

    def show(self, *command: str) -> None:
        """Run *command* for as long as it takes; what it says goes to stderr.

        Raises:
            ProgramFailed: It ended with another code than 0.
        """
        # stdout is kept for our own answer, which a script reads.
        ended = subprocess.run(  # noqa: S603 - no shell in between
            command, env=dict(self.env), stdout=sys.stderr, check=False
        )
        if ended.returncode:
            raise ProgramFailed(command, ended.returncode)

    def ask(self, *command: str, given: str = "", timeout_s: float = 60) -> str:
        """Return what *command* writes to stdout.

        Args:
            command: The program and its arguments.
            given: Its stdin.
            timeout_s: Seconds until it is killed.

        Raises:
            ProgramFailed: It ended with another code than 0, or not in time.
        """
        try:
            ended = subprocess.run(  # noqa: S603 - no shell in between
                command,
                env=dict(self.env),
                input=given,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            said = f"no answer in {timeout_s:g} s"
            raise ProgramFailed(command, -1, said) from error
        if ended.returncode:
            raise ProgramFailed(command, ended.returncode, ended.stderr[-2000:])
        return ended.stdout.strip()

    def need(self, program: str, why: str) -> None:
        """Raise `ProgramMissing` unless *program* is installed; *why* says what for."""
        if not self.has(program):
            raise ProgramMissing(program, why)
