"""What a watch knows."""

from collections.abc import Callable
from dataclasses import dataclass

from fleet.endpoint import Endpoint
from fleet.errors import ResolveFailed


@dataclass(slots=True)
class Watch:
    """What is known now. The set is replaced whole, never changed."""

    ask_again: Callable[[], None]
    """Ask at once, but at most once a second (`Pace.urgent_s`); a request in
    between is postponed, not lost. To call from the loop's own thread."""
    endpoints: frozenset[Endpoint] = frozenset()
    answered: bool = False
    """At least one question has been answered."""
    error: ResolveFailed | None = None
    """Of the last question; None when it was answered."""
