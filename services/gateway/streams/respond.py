"""A stream as a response."""

from collections.abc import AsyncGenerator, Sequence

from services.gateway.exchange import Response
from services.gateway.failure import Header
from services.gateway.streams.begun import begun
from services.gateway.streams.feed import as_failure, feed
from services.gateway.streams.shape import Shape
from services.gateway.streams.source import Source, Wait, within

FIRST_S = 10.0
"""A stream that is silent for so long gets its headers without an answer."""

_HEADERS: Sequence[Header] = (
    (b"cache-control", b"no-store, no-transform"),  # nor held back by a compressor
    (b"x-accel-buffering", b"no"),  # or nginx keeps answers until it has many
)


async def respond(
    stream: AsyncGenerator[bytes, None],
    shape: Shape,
    *,
    headers: Sequence[Header] = (),
    always_ok: bool = False,
    wait: Wait = within,
) -> Response:
    """Return the response that is *stream* in *shape*, once its beginning is known.

    Args:
        stream: Closed with the response.
        shape: How it is written.
        headers: Besides those that every stream has.
        always_ok: A refusal too is told in the body, not by `Failure`.
        wait: How to wait; tests pass a clock they control.

    Raises:
        Failure: Before any answer, so the refusal can have its HTTP status.
    """
    source = Source(stream, wait)
    try:
        await _began(source, always_ok=always_ok)
        kind = (b"content-type", shape.content_type)
        response = Response(200, headers=[kind, *_HEADERS, *headers])
        response.body = await begun(feed(source, shape, response))
    except BaseException:
        await source.close()
        raise
    return response


async def _began(source: Source, *, always_ok: bool) -> None:
    await source.news(FIRST_S)
    if source.ended and (trouble := source.trouble()) and not always_ok:
        raise as_failure(trouble)
