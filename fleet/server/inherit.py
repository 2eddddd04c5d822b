"""The caller's deadline, for the calls that a method makes in its turn."""

import functools
import time

from fleet import deadline
from fleet.server.method import Behaviour, Context, Reply, Request


def inherit_deadline(behaviour: Behaviour) -> Behaviour:
    """Set `fleet.deadline.current` while *behaviour* runs.

    Nothing is put back: each call is a task with a context of its own.
    """

    @functools.wraps(behaviour)
    async def inheriting(request: Request, context: Context) -> Reply:
        remaining_s = context.time_remaining()
        if remaining_s is not None:
            deadline.current.set(time.monotonic() + remaining_s)
        return await behaviour(request, context)

    return inheriting
