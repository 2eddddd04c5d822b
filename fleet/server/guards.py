"""Everything that may refuse a call before its method is called."""

from collections import Counter
from collections.abc import Mapping

from fleet.server.identify import identify
from fleet.server.lag import Lag
from fleet.server.late import Late
from fleet.server.limit import CallLimit
from fleet.server.method import Behaviour, Method
from fleet.server.settings import ServerSettings
from fleet.telemetry.metrics import Read


class Guards:
    """Of one task, shared by all methods of its services.

    Attributes:
        lag: Knows how long calls wait; must be kept looking while the server is up.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.lag = Lag(settings.max_lag_s)
        self._late = Late()
        self._calls = CallLimit(settings.max_concurrent_calls)
        self._streams = CallLimit(settings.max_concurrent_calls, "streams are open")
        self._callers = tuple(settings.tls_callers.split())
        self._refused = Counter[str]()

    def guard(self, method: Method, behaviour: Behaviour) -> Behaviour:
        """Put every guard before *behaviour* of *method*; the first is outermost."""
        limit = self._streams if method.response_streaming else self._calls
        timely = self._late(behaviour, timed=not method.streams)
        admitted = self.lag.shed(limit(timely))
        return identify(admitted, self._callers, self._strange)

    def overloaded(self) -> int:
        """Return how many calls were refused because there were too many."""
        return self._calls.refused + self._streams.refused + self.lag.refused

    @property
    def numbers(self) -> Mapping[str, Read]:
        """What the page of metrics tells of this."""
        return {
            "fleet_server_refused_total": lambda: {
                "calls": self._calls.refused + self._streams.refused,
                "lag": self.lag.refused,
                "late": self._late.refused,
                "caller": self._refused["caller"],
            },
            "fleet_server_lag_seconds": lambda: self.lag.wait_s,
        }

    def _strange(self) -> None:
        self._refused["caller"] += 1
