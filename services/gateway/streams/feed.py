"""From the answers of a stream to the chunks of its response."""

import asyncio
import logging

from fleet.errors import Status
from services.gateway.aside import LONG_ANSWER, aside
from services.gateway.exchange import Chunks, Response
from services.gateway.failure import Failure
from services.gateway.streams.shape import Shape
from services.gateway.streams.source import Source

log = logging.getLogger(__name__)

BEAT_S = 15.0
"""Well below the 60 s after which proxies give up a silent response."""


async def feed(
    source: Source, shape: Shape, response: Response, *, every_s: float = BEAT_S
) -> Chunks:
    """Yield the answers of *source* in *shape*, and its last words; never raise.

    Args:
        source: Closed at the end, however that comes.
        shape: How it is written.
        response: Its outcome is set when the stream has failed.
        every_s: Seconds of silence after which a heartbeat is sent.
    """
    patience = every_s if shape.beat else None
    chunk = shape.begin()
    try:
        while not source.ended:
            for answer in source.take():
                size = len(answer)
                chunk += await aside(size, LONG_ANSWER, shape.answer, answer)
            yield chunk
            chunk = b"" if await source.news(patience) else shape.beat
        trouble = source.trouble()
        last = _told(trouble, shape, response) if trouble else shape.end()
        yield chunk + last
    except Exception as trouble:  # noqa: BLE001 - of the shape: it cannot say an answer
        yield chunk + _told(trouble, shape, response)
    finally:
        await source.close()


def _told(trouble: BaseException, shape: Shape, response: Response) -> bytes:
    failure = as_failure(trouble)
    response.outcome = failure.status
    return shape.failed(failure)


def as_failure(trouble: BaseException) -> Failure:
    """Return what a caller may know of *trouble*; a bug goes to the log alone."""
    if isinstance(trouble, Failure):
        return trouble
    if isinstance(trouble, asyncio.CancelledError):
        return Failure(Status.UNAVAILABLE, "the gateway has ended the stream")
    log.error("bug in a stream", exc_info=trouble)
    return Failure(Status.INTERNAL, "internal error")
