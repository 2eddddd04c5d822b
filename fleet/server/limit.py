"""How many calls may run at once."""

import functools
from dataclasses import dataclass, field

from fleet.errors import Overloaded
from fleet.server.method import Behaviour, Context, Reply, Request


@dataclass(slots=True)
class CallLimit:
    """Shared by all methods of a task; a call too many is refused at once.

    Never a queue: a caller that is refused knows it at once, one that waits in
    line waits for nothing when its deadline passes.

    Attributes:
        refused: How many there were since the start.
    """

    most: int
    refused: int = field(default=0, init=False)
    _running: int = field(default=0, init=False)

    def __call__(self, behaviour: Behaviour) -> Behaviour:
        """Count the calls of *behaviour*."""

        @functools.wraps(behaviour)
        async def limited(request: Request, context: Context) -> Reply:
            if self._running >= self.most:
                self.refused += 1
                raise Overloaded(self.most)
            self._running += 1
            try:
                return await behaviour(request, context)
            finally:
                self._running -= 1

        return limited
