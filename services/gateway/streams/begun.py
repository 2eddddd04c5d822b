"""Chunks of which the first is made already."""

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any

from services.gateway.exchange import Chunks


async def begun(chunks: Chunks) -> Chunks:
    """Return *chunks* with its first one made.

    A generator that has not begun does nothing when it is closed, so what it is
    to close would stay open when the caller leaves before the first chunk.
    """
    return _Begun(await anext(chunks), chunks)


class _Begun(AsyncGenerator[bytes, None]):
    """Gives the first chunk, then is the rest."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: bytes, rest: Chunks) -> None:
        self._first: bytes | None = first
        self._rest = rest

    async def asend(self, value: None) -> bytes:
        """Return the next chunk."""
        first, self._first = self._first, None
        return await self._rest.asend(value) if first is None else first

    async def athrow(
        self,
        typ: Any,  # noqa: ANN401 - as the base class has it
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> bytes:
        """Raise in the rest."""
        del val, tb
        return await self._rest.athrow(typ)

    async def aclose(self) -> None:
        """Close the rest, which has begun."""
        self._first = None
        await self._rest.aclose()
