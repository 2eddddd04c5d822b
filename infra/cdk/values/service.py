"""How large a service is, and how it leaves."""

from dataclasses import dataclass

from infra.cdk.values.rules import Problems

FARGATE_MIB = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
}
"""Memory by CPU units: docs.aws.amazon.com/AmazonECS/latest/developerguide/
fargate-tasks-services.html."""
STOP_TIMEOUT_MAX_S = 120
"""Of Fargate; a Spot task gets the same two minutes from its warning."""
EXIT_S = 5
"""Between the end of the grace and the end of the process: logs, connections."""
PROPAGATION_S = 5
"""Until Cloud Map's nameservers know what its API was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSize:
    """How large one service is in one environment.

    Raises:
        ValueError: With one line for each value that is out of its range.
    """

    cpu: int = 256
    """Units; 1024 are a core."""
    memory_mib: int = 512
    tasks: tuple[int, int] = (3, 6)
    """At least and at most; between them the load decides."""
    calls_per_second: int = 100
    """Of one task; where more come, there are more tasks. A quarter of a core
    answers some 400 GetChampion a second."""
    spot_percent: int = 0
    """How much of what is above one task runs on Spot."""
    architecture: str = "arm64"
    """arm64 costs a fifth less; x86_64 where a wheel is missing."""
    linger_s: int = 20
    """`FLEET_LINGER_S` of its tasks."""
    grace_s: int = 20
    """`FLEET_GRACE_S` of its tasks."""
    stop_timeout_s: int = 60
    """From SIGTERM to SIGKILL."""

    def __post_init__(self) -> None:
        """Report every mistake at once."""
        found = Problems()
        sizes = FARGATE_MIB.get(self.cpu, ())
        found.unless(bool(sizes), "cpu", self.cpu, f"one of {[*FARGATE_MIB]}")
        found.unless(
            not sizes or self.memory_mib in sizes,
            "memory_mib",
            self.memory_mib,
            f"one of {[*sizes]} with cpu {self.cpu}",
        )
        least, most = self.tasks
        found.unless(1 <= least <= most, "tasks", [least, most], "[LEAST, MOST] from 1")
        calls = self.calls_per_second
        found.unless(calls >= 1, "calls_per_second", calls, "1 or more")
        found.unless(
            0 <= self.spot_percent <= 100,  # noqa: PLR2004 - percent
            "spot_percent",
            self.spot_percent,
            "0 to 100",
        )
        found.unless(
            self.architecture in {"arm64", "x86_64"},
            "architecture",
            self.architecture,
            "arm64 or x86_64",
        )
        found.unless(self.grace_s >= 0, "grace_s", self.grace_s, "0 or more seconds")
        least_s = self.linger_s + self.grace_s + EXIT_S
        found.unless(
            least_s <= self.stop_timeout_s <= STOP_TIMEOUT_MAX_S,
            "stop_timeout_s",
            self.stop_timeout_s,
            f"linger_s + grace_s + {EXIT_S} = {least_s} to {STOP_TIMEOUT_MAX_S}:"
            " SIGKILL must come after the drain",
        )
        found.end()
