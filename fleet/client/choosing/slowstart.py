"""Slow start: a task that has just become ready gets few calls first."""

from dataclasses import dataclass

from fleet.bounds import check


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowStartConfig:
    """How a task is ramped up; the formula and two of the defaults are Envoy's.

    A least-loaded choice would else send a new task, which has nothing in flight,
    more than its share at the very moment when its caches and pools are empty.
    """

    window_s: float = 10.0
    """Seconds from ready to a full share; Envoy names no default. A Python service
    imports and fills its caches with its first calls. Lengthen it for tasks that load
    large data."""
    floor: float = 0.1
    """Share of a full task's calls at first, so that there is something to warm up
    with; Envoy's `min_weight_percent`, 10 %."""
    aggression: float = 1.0
    """Above 1 the share grows quickly first, below 1 late; Envoy's default, linear."""

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check(
            self,
            (("window_s", 0.1, 600), ("floor", 0.01, 1), ("aggression", 0.1, 10)),
        )

    def share(self, age_s: float) -> float:
        """Return a task's share of a full one's calls.

        Args:
            age_s: Seconds since it became ready, not since it was listed: the time
                that it takes to connect warms nothing up. Negative is as new.
        """
        if age_s >= self.window_s:
            return 1.0
        grown: float = (max(age_s, 0.0) / self.window_s) ** (1 / self.aggression)
        return max(self.floor, grown)
