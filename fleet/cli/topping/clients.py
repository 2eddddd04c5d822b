"""What a task knows of those that it calls."""

from collections.abc import Iterator, Mapping

from fleet.cli.topping.reading import Figures, Reading
from fleet.cli.topping.snapshot import OUT, ClientRow
from fleet.cli.topping.traffic import grown


def client_rows(
    caller: str, now: Reading, before: Reading | None, names: Mapping[str, str]
) -> Iterator[ClientRow]:
    """Yield what *caller* knows of each endpoint.

    Args:
        caller: A task.
        now: Its page.
        before: What that said the last time; None: it is new.
        names: Of tasks, by endpoint.
    """
    for (target, endpoint), figures in sorted(now.endpoints.items()):
        old = before.endpoints.get((target, endpoint), {}) if before else {}
        span_s = now.at_s - before.at_s if before else 0.0
        yield ClientRow(
            caller=caller,
            target=target,
            endpoint=endpoint,
            task=names.get(endpoint, endpoint),
            state=_state(figures),
            calls_per_s=_rate(figures, old, "calls", span_s),
            failed_per_s=_rate(figures, old, "failures", span_s),
            latency_s=figures.get("latency_seconds"),
            slowness=figures.get("slowness"),
            in_flight=figures.get("in_flight"),
            limit=figures.get("limit"),
            ejections=figures.get("ejections", 0.0),
        )


def _state(figures: Figures) -> str:
    if figures.get("out"):
        return OUT
    return "in" if figures.get("picked") else "aside"


def _rate(now: Figures, before: Figures, name: str, span_s: float) -> float | None:
    if not span_s:
        return None
    return grown(now.get(name, 0.0), before.get(name, 0.0)) / span_s
