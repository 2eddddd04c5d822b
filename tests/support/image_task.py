"""A container as ECS would run it: locked down, and stopped by its signal."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.image_shed import Shed

LOCKED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--network=none",
)
"""Nothing to write to, no rights, and loopback alone."""


@dataclass(frozen=True)
class Container:
    """One that runs until the block ends."""

    shed: Shed
    name: str
    started: float
    """Seconds of `time.monotonic`."""

    def do(self, *command: str) -> str:
        """Return what *command* says in it."""
        return self.shed.run("podman", "exec", self.name, *command)

    def healthy(self) -> bool:
        """Run the image's own HEALTHCHECK once."""
        return not self.shed.code("podman", "healthcheck", "run", self.name)

    def wait_healthy(self, *, limit_s: float = 30) -> float:
        """Return the seconds from start to the first healthy answer."""
        while not self.healthy():
            waited = time.monotonic() - self.started
            assert waited < limit_s, self.log()
        return time.monotonic() - self.started

    def stop(self, *, limit_s: int) -> tuple[int, float]:
        """Send its signal; return exit code and seconds. SIGKILL after *limit_s*."""
        before = time.monotonic()
        self.shed.run("podman", "stop", f"--time={limit_s}", self.name)
        took_s = time.monotonic() - before
        return self.inspect()["State"]["ExitCode"], took_s

    def log(self) -> list[str]:
        """Return the messages so far."""
        said = self.shed.run("podman", "logs", self.name, code=None)
        lines = [line for line in said.splitlines() if line.startswith("{")]
        return [json.loads(line)["message"] for line in lines]

    def inspect(self) -> dict[str, Any]:
        """Return what podman knows of it."""
        told = json.loads(self.shed.run("podman", "inspect", self.name))
        known: dict[str, Any] = told[0]
        return known


@contextlib.contextmanager
def container(shed: Shed, image: str, *command: str, **env: str) -> Iterator[Container]:
    """Run *command*, or what the image runs, for the length of the block."""
    given = [f"--env={name}={value}" for name, value in env.items()]
    started = time.monotonic()
    run = ("podman", "run", "--detach", *LOCKED, *given, image, *command)
    name = shed.run(*run)
    try:
        yield Container(shed, name, started)
    finally:
        shed.run("podman", "rm", "--force", "--time=0", name)
