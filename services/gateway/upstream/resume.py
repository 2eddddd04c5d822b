"""Streams that go on at another task when theirs leaves."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.upstream.token import Token

Open = Callable[[bytes], AsyncGenerator[bytes, None]]
"""Opens a stream of the backend for an encoded request."""
Sleep = Callable[[float], Awaitable[None]]

_MOST = 6
"""Attempts in a row that bring nothing new: about 6 s, longer than a deploy needs."""
_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 3.0


async def resuming(
    start: Open, request: bytes, token: Token, *, sleep: Sleep = asyncio.sleep
) -> AsyncGenerator[bytes, None]:
    """Yield what *start* yields; a break is bridged from the last token.

    A stream that is opened again begins with an answer that tells where: it is
    passed on, as its reader may need what it says was missed.

    Raises:
        Failure: Not UNAVAILABLE, or nobody there for several seconds.
    """
    last, failed = b"", 0
    begun = token.asked(request)
    while True:
        try:
            async with aclosing(start(request)) as answers:
                async for answer in answers:
                    last = answer
                    yield answer
        except Failure as failure:
            reached = token.told(last) if last else begun
            # An answer that only tells where it begins brings nobody further.
            failed = 1 if reached != begun else failed + 1
            gone = failure.status is Status.UNAVAILABLE
            if not gone or not reached or failed == _MOST:
                raise
            request, begun = token.after(request, reached), reached
            await sleep(_pause_s(failure, failed))
        else:
            return


def _pause_s(failure: Failure, failed: int) -> float:
    """Return at once what the backend allows at once, then slower and slower."""
    asked = failure.retry_after_s or 0.0
    own = 0.0 if failed == 1 else _PAUSE_S * 2 ** (failed - 1)
    return min(max(asked, own), _LONGEST_PAUSE_S)
