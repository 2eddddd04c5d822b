"""How many calls may run at once."""

import functools
from dataclasses import dataclass, field

from fleet.errors import Overloaded
from fleet.server.method import Behaviour, Context, Reply, Request

_RETRY_S = 1.0
"""Seconds a caller with no other task to go to should wait: a guess, as nothing here
tells when one of those calls ends."""


@dataclass(slots=True)
class CallLimit:
    """Shared by methods of a task; a call too many is refused at once.

    Never a queue: a caller that is refused knows it at once, one that waits in
    line waits for nothing when its deadline passes.

    Streams of answers have a limit of their own. A watch does next to nothing for
    hours: a task full of watchers should still answer, and one that is behind with its
    answers still be watched.

    Attributes:
        most: Calls that may run.
        what: They do, as the caller is told.
        refused: How many there were since the start.
    """

    most: int
    what: str = "calls are running"
    refused: int = field(default=0, init=False)
    _running: int = field(default=0, init=False)

    def __call__(self, behaviour: Behaviour) -> Behaviour:
        """Count the calls of *behaviour*."""

        @functools.wraps(behaviour)
        async def limited(request: Request, context: Context) -> Reply:
            if self._running >= self.most:
                self.refused += 1
                text = f"{self.most} {self.what}, the most that this task takes"
                raise Overloaded(text, _RETRY_S)
            self._running += 1
            try:
                return await behaviour(request, context)
            finally:
                self._running -= 1

        return limited
