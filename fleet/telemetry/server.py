"""What a server tells of its calls."""

from dataclasses import dataclass

from fleet.telemetry.tally import Tally
from fleet.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTelemetry:
    """Who is told of the calls that a task answers; by default nobody."""

    metrics: Tally | None = None
    """Where calls are counted; None: they are not."""
    tracer: Tracing | None = None
    """Makes spans; None: there are none."""
