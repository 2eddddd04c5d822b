"""OpenTelemetry's own variables: whether anything is exported, and from where on.

What they mean in detail the SDK reads by itself: where to, with which headers and
certificates, how many traces are kept (OTEL_TRACES_SAMPLER), who we are
(OTEL_SERVICE_NAME). Source:
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import contextlib
import importlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from fleet.bounds import check
from fleet.errors import BadConfig
from fleet.telemetry.tally import Tally
from fleet.telemetry.tracing import Tracing

_EXPORTERS = {"", "otlp", "none"}
_PROTOCOLS = {"", "http/protobuf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """What is exported, by OTLP over HTTP.

    Raises:
        ValueError: Names each field that is out of its bounds.
    """

    traces: bool = False
    metrics: bool = False
    interval_s: float = 60.0
    """Seconds between two exports of metrics; the specification's default."""
    flush_s: float = 1.5
    """Seconds that the last spans and metrics have at the end, after the drain. A
    collector that is down must not have the task killed: `fleet up` gives it 2 s."""

    def __post_init__(self) -> None:
        """Check the bounds."""
        check(self, (("interval_s", 0.01, 86400), ("flush_s", 0.01, 60)))


def export_config(env: Mapping[str, str]) -> ExportConfig:
    """Read *env*: nothing is exported where it names neither a place nor an exporter.

    Raises:
        BadConfig: Another exporter or protocol than ours, or a bad interval.
    """
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ExportConfig()
    milliseconds = env.get("OTEL_METRIC_EXPORT_INTERVAL", "").strip() or "60000"
    problems = [*_unknown(env)]
    try:
        config = ExportConfig(
            traces=_wanted(env, "TRACES"),
            metrics=_wanted(env, "METRICS"),
            interval_s=float(milliseconds) / 1000,
        )
    except ValueError:
        text = f"OTEL_METRIC_EXPORT_INTERVAL={milliseconds!r} is not"
        problems.append(f"{text} a number of milliseconds from 10 to 86400000")
    if problems:
        raise BadConfig("the environment", problems)
    return config


@contextlib.asynccontextmanager
async def from_environment(
    env: Mapping[str, str], tally: Tally
) -> AsyncIterator[Tracing | None]:
    """Export what *env* says for the length of the block; at its end, what is left.

    Yields what makes spans, or None. The libraries are loaded only when they are
    needed: most tasks export nothing.

    Args:
        env: The process's own; the SDK reads that one whatever is given here.
        tally: What metrics are made of.

    Raises:
        BadConfig: See `export_config`; or the libraries are not installed.
    """
    config = export_config(env)
    if not config.traces and not config.metrics:
        yield None
        return
    try:
        module = importlib.import_module("fleet.telemetry.opentelemetry_export")
    except ModuleNotFoundError as error:
        problem = f"{error}; install grpc-fleet[telemetry]"
        raise BadConfig("OTEL_...", [problem]) from error
    exporting = module.exporting(config, tally)
    try:
        tracing = await exporting.__aenter__()
    except ValueError as error:  # of the SDK, about a variable that it reads itself
        raise BadConfig("OTEL_...", [str(error)]) from error
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_exit(exporting.__aexit__)
        yield tracing


def _unknown(env: Mapping[str, str]) -> list[str]:
    signals = ("TRACES", "METRICS")
    exporters = [f"OTEL_{each}_EXPORTER" for each in signals]
    protocols = [f"OTEL_EXPORTER_OTLP_{each}_PROTOCOL" for each in signals]
    protocols.append("OTEL_EXPORTER_OTLP_PROTOCOL")
    return [
        f"{name}={env[name]!r} is not {' or '.join(sorted(filter(None, allowed)))}"
        for names, allowed in ((exporters, _EXPORTERS), (protocols, _PROTOCOLS))
        for name in names
        if env.get(name, "").strip() not in allowed
    ]


def _wanted(env: Mapping[str, str], signal: str) -> bool:
    exporter = env.get(f"OTEL_{signal}_EXPORTER", "").strip()
    places = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    named = any(env.get(place, "").strip() for place in places)
    return exporter == "otlp" or (not exporter and named)
