"""From what a method raises to what its caller is told."""

import functools
import logging

from fleet.errors import Refusal, Status
from fleet.server.details import KEY, status_details
from fleet.server.engine import Aborted
from fleet.server.method import Behaviour, Context, Reply, Request

log = logging.getLogger(__name__)


def translate_errors(behaviour: Behaviour) -> Behaviour:
    """Answer a `Refusal` with its own status, and a bug with INTERNAL.

    Left alone, grpc.aio would send the text of any exception to the caller.
    """

    @functools.wraps(behaviour)
    async def translated(request: Request, context: Context) -> Reply:
        try:
            return await behaviour(request, context)
        except Aborted:
            raise  # the method has answered by itself
        except Refusal as refusal:
            await _refuse(context, refusal)
        except Exception:
            log.exception("bug in %s", behaviour.__qualname__)
            await context.abort(Status.INTERNAL, "internal error")
        raise AssertionError("abort() returned")

    return translated


async def _refuse(context: Context, refusal: Refusal) -> None:
    trailers = context.trailing_metadata() or ()
    details = (KEY, status_details(refusal))
    await context.abort(refusal.status, str(refusal), (*trailers, details))
