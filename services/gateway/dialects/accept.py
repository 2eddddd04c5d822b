"""Which of our forms a caller takes: the header Accept."""

from collections.abc import Sequence
from functools import lru_cache

from fleet.errors import Status
from services.gateway.failure import Failure

UNARY = ("application/json",)
STREAM = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "text/event-stream",
    "application/json",
)
"""Lines come first, for callers that take anything: a watch never ends, so an array
would never be complete, and a line is whole wherever it is read."""


@lru_cache(maxsize=256)  # a few browsers and libraries say the same all day
def accepted(header: str, ours: Sequence[str]) -> str:
    """Return the first of *ours* that the caller likes best.

    Raises:
        Failure: 406; the caller takes none of them.
    """
    likings = [_range(part) for part in header.split(",") if part.strip()]
    best = max(ours, key=lambda form: _liking(form, likings))
    if likings and not _liking(best, likings):
        text = f"accept is {header[:200]!r}, allowed is {', '.join(ours)}"
        raise Failure(Status.INVALID_ARGUMENT, text, http=406)
    return best


def _range(part: str) -> tuple[str, float]:
    form, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            return form, _quality(parameter[2:])
    return form, 1.0


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _liking(form: str, likings: Sequence[tuple[str, float]]) -> float:
    # The most exact range that covers the form counts (RFC 9110, 12.5.1).
    told = dict(likings)
    for covering in (form, f"{form.partition('/')[0]}/*", "*/*"):
        if covering in told:
            return told[covering]
    return 0.0
