"""Work that is too long for the loop, which would stop for every other caller.

In a thread the interpreter changes to the loop every 5 ms. Some of the work is one
call into C, which it cannot leave: making 350,000 empty messages holds it for 50 ms.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

_Args = TypeVarTuple("_Args")
_T = TypeVar("_T")

LONG_BODY = 32 * 1024
"""Bytes of JSON: about a millisecond, ten where somebody means harm."""
LONG_ANSWER = 128 * 1024
"""Bytes of protobuf."""

# One is enough: more of them would share the same interpreter, and the loop would
# have to wait for each of them in turn.
_THREAD = ThreadPoolExecutor(1, "gateway-aside")


async def aside(
    size: int, most: int, work: Callable[[*_Args], _T], *args: *_Args
) -> _T:
    """Return what *work* returns; in a thread where *size* is more than *most*."""
    if size <= most:
        return work(*args)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREAD, work, *args)
