"""What ejection can be told."""

from dataclasses import dataclass

from fleet.bounds import check


@dataclass(frozen=True, slots=True, kw_only=True)
class EjectionConfig:
    """When a peer is left alone, for how long, and how many may be at a time."""

    consecutive_failures: int | None = 5
    """So many failures in a row eject at once (Envoy's `consecutive_5xx` has 5 as
    well); None: never."""
    failure_share: float | None = 0.5
    """Of the calls in the window, from 0 to 1, and clearly more than its peers; None:
    never. Half: a task that answers every second call costs each caller a retry."""
    slow_factor: float | None = 3.0
    """Median latency, as a multiple of its peers' median; also from where on a call
    of a trial is slow. None: slow is fine, and so is no answer at all. Of a task that
    is 8 times slower the caller sees about 4, where the others have a queue."""
    minimum_calls: int = 10
    """In the window, before share or median say anything."""
    window_s: float = 3.0
    """How far back both look, in seconds."""
    interval_s: float = 0.5
    """Between two looks: the window has `window_s / interval_s` slots."""
    base_s: float = 5.0
    """The first time out, in seconds; it doubles each time. Envoy's is 30 s, but
    returns to full load; here a task that is not cured costs one call."""
    longest_s: float = 300.0
    """The longest time out, in seconds; as Envoy's `max_ejection_time`."""
    most_out: float = 0.34
    """The share of peers that may be out, rounded down, but always one, and never the
    last: one of three. More at a time are rather a fault of what they all depend on."""
    trial_calls: int = 3
    """After its time out a task has one call at a time, until so many more were good
    than slow; a failed one ends the trial."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(
            self,
            (
                ("consecutive_failures", 1, 1000),
                ("failure_share", 0.01, 1),
                ("slow_factor", 1.5, 1000),
                ("minimum_calls", 1, 10_000),
                ("window_s", 0.2, 600),
                ("interval_s", 0.05, self.window_s / 2),
                ("base_s", 0.1, self.longest_s),
                ("longest_s", 0.1, 86400),
                ("most_out", 0, 1),
                ("trial_calls", 1, 100),
            ),
        )
