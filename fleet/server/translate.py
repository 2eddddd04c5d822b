"""From what a method raises to what its caller is told."""

import asyncio
import functools
import logging

from fleet.errors import Refusal, Status
from fleet.server import details
from fleet.server.engine import Aborted, Unsent
from fleet.server.method import Behaviour, Context, Reply, Request
from fleet.server.request_id import KEY, current_id

log = logging.getLogger(__name__)


def translate_errors(behaviour: Behaviour) -> Behaviour:
    """Answer a `Refusal` with its own status, and a bug with INTERNAL.

    Left alone, grpc.aio would send the text of any exception to the caller, and
    leave one whose method was cancelled from within without an answer.
    """

    @functools.wraps(behaviour)
    async def translated(request: Request, context: Context) -> Reply:
        try:
            return await behaviour(request, context)
        except Aborted:
            raise  # the method has answered by itself
        except asyncio.CancelledError as error:
            if _told_to_leave():
                raise
            cause: BaseException = error
        except Exception as error:
            cause = _only_leaf(error)
            if isinstance(cause, Unsent) and _told_to_leave():
                # It went on to write to a caller who is not there.
                raise asyncio.CancelledError from error
        await _answer(context, cause, behaviour.__qualname__)
        raise AssertionError("abort() returned")

    return translated


def _told_to_leave() -> bool:
    """Tell whether the caller left, and not something that the method awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _only_leaf(error: BaseException) -> BaseException:
    """Return what a `TaskGroup` has wrapped, if it is one error."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _answer(context: Context, error: BaseException, name: str) -> None:
    """Abort the call with what the caller may know of *error*."""
    if isinstance(error, Refusal):
        try:
            text, trailer = details.short(str(error)), details.status_details(error)
        except Exception:
            log.exception("bug in a refusal of %s", name)
        else:
            trailers = (*_trailers(context), (details.KEY, trailer))
            await context.abort(error.status, text, trailers)
    else:
        log.error("bug in %s", name, exc_info=error)
    await context.abort(Status.INTERNAL, "internal error")


def _trailers(context: Context) -> tuple[tuple[str, str | bytes], ...]:
    """Return what the method has set, and the request id if it is not there."""
    trailers = tuple(context.trailing_metadata() or ())
    identity = current_id.get()
    if not identity or any(key == KEY for key, _ in trailers):
        return trailers
    return (*trailers, (KEY, identity))
