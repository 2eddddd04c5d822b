"""What ejection knows of one peer."""

from dataclasses import dataclass, field

from fleet.client.leaving.standing import Standing
from fleet.client.leaving.window import Window


@dataclass(slots=True, eq=False)
class Record:
    """Of one peer; made when it is found, and forgotten with it."""

    name: str
    standing: Standing = Standing.IN
    until: float = 0.0
    """When its time out ends."""
    ejections: int = 0
    """Since the start."""
    reason: str = ""
    """Why it was ejected last."""
    in_flight: int = 0
    """Calls with one answer that are under way. Whoever makes them counts them."""
    doublings: int = 0
    """How often the base time is doubled if it is ejected now."""
    forgiven_at: float = 0.0
    """When one doubling is taken back, if it behaves until then."""
    failures_in_a_row: int = 0
    silent: int = 0
    """Slots in a row in which calls were under way and none was answered."""
    lead: int = 0
    """On trial: good calls minus slow ones."""
    window: Window = field(default_factory=Window)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to judge: it is called by nobody, and was not."""
        window = self.window
        return not (
            self.standing
            or self.in_flight
            or window.answered
            or window.timed
            or window.used
            or self.doublings
            or self.silent
        )

    def enter(self, standing: Standing) -> None:
        """Begin a standing, with nothing held against the peer."""
        self.standing = standing
        self.failures_in_a_row = self.silent = self.lead = 0
        self.window.clear()


Finding = tuple[Record, str]
"""Whom a rule would leave alone, and why."""
