"""Files that this process may open: each connection is one."""

import logging
import resource
import socket
import time
from collections.abc import Callable

log = logging.getLogger("gateway.server")

SPARE = 64
"""Files for all that is no caller: tasks behind, the store, logs, a burst."""
_EVERY_S = 10.0
"""Between two lines that say the same."""


def room(connections: int) -> int:
    """Return for how many connections there are files; at least one.

    Raises the soft limit of this process where that is needed and allowed, and warns
    where it is not enough.

    Args:
        connections: That are wanted.
    """
    wanted = connections + SPARE
    most = _allowed(wanted)
    if most >= wanted:
        return connections
    there = max(1, most - SPARE)
    log.warning(
        "limits.connections is %d, but only %d files may be open: %d connections are"
        " taken; allow %d (ulimit -Hn, LimitNOFILE), or set limits.connections lower",
        *(connections, most, there, wanted),
    )
    return there


def _allowed(wanted: int) -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    best = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))
    except (OSError, ValueError):  # the system has a limit of its own
        return soft
    return best


class Probe:
    """Finds out that no file can be opened.

    The loop does not say so: libuv accepts the caller and closes at once.

    Args:
        missing: Called each time that there is none.
        clock: In seconds.
    """

    def __init__(
        self, missing: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._missing = missing
        self._clock = clock
        self._said_s = -_EVERY_S

    def look(self) -> None:
        """Open and close one file more."""
        try:
            socket.socket().close()
        except OSError as error:
            self._missing()
            self._say(error)

    def _say(self, error: OSError) -> None:
        now = self._clock()
        if now - self._said_s >= _EVERY_S:
            self._said_s = now
            log.error("new callers are turned away: %s", error.strerror)
