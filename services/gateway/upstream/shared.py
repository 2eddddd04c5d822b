"""Equal streams share one stream of the backend."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.upstream.reader import Reader
from services.gateway.upstream.token import Token

log = logging.getLogger("gateway.upstream")

Start = Callable[[], AsyncGenerator[bytes, None]]

RING = 1024
"""Answers that are remembered, for those who come back."""
_BATCH = 32
_TURNS = 4
"""Of the loop, in which an answer gets from a reader's queue to its connection."""


class Shared:
    """The streams that are shared, by what they ask."""

    def __init__(self) -> None:
        self.hubs: dict[Hashable, Hub] = {}

    def join(
        self, key: Hashable, request: bytes, token: Token, start: Start
    ) -> AsyncGenerator[bytes, None] | None:
        """Return the answers to *request*; None where it needs a stream of its own.

        That is where it wants to begin further back than we remember. What is
        returned must be read from at once: it is only then that it is joined.

        Args:
            key: What makes two requests equal, besides the token and the message.
            request: Encoded, with a token or without.
            token: Where it stands in it.
            start: Opens the stream, if this is the first to ask.
        """
        asked = token.asked(request)
        live = (key, token.after(request, ""))
        own = (key, request)
        for place in (live, own):
            hub = self.hubs.get(place)
            past = hub.since(asked) if hub else None
            if hub and past is not None:
                return hub.read(past)
        if own in self.hubs:
            return None
        hub = Hub(asked, token, on_empty=partial(self._forget, own))
        self.hubs[own] = hub
        return hub.read([], start)

    def _forget(self, place: Hashable, hub: "Hub") -> None:
        # By now another may have begun in its place.
        if self.hubs.get(place) is hub:
            del self.hubs[place]


class Hub:
    """One stream of the backend and all who read it."""

    def __init__(
        self, begin: str, token: Token, on_empty: Callable[["Hub"], None]
    ) -> None:
        self._begin = begin
        self._token = token
        self._on_empty = on_empty
        self._first = b""
        self._ring: deque[tuple[str, bytes]] = deque(maxlen=RING)
        self._told = 0
        self._readers: set[Reader] = set()
        self._pump: asyncio.Task[None] | None = None

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    def since(self, asked: str) -> list[bytes] | None:
        """Return what who has come to *asked* lacks; None: more than we know."""
        if not asked and not self._begin:
            return self._now()
        if asked and asked == self._begin and self._told <= RING:
            return [answer for _, answer in self._ring]
        tokens = [told for told, _ in self._ring]
        if not asked or asked not in tokens:
            return None
        last = len(tokens) - 1 - tokens[::-1].index(asked)
        return [answer for _, answer in list(self._ring)[last + 1 :]]

    async def read(
        self, past: list[bytes], start: Start | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield *past*, then what comes."""
        reader = Reader(past)
        self._readers.add(reader)
        if start is not None:
            self._pump = asyncio.create_task(self._run(start))
        try:
            while (answer := await reader.next()) is not None:
                yield answer
        finally:
            self._readers.discard(reader)
            await self._leave()

    def _now(self) -> list[bytes]:
        """Return the answer that tells a newcomer where it begins."""
        if not self._ring:
            return []  # the first answer is still to come, for everybody
        _, last = self._ring[-1]
        return [self._token.moved(self._first, last)]

    async def _run(self, start: Start) -> None:
        end: Failure | None = None
        try:
            async with aclosing(start()) as answers:
                async for answer in answers:
                    await self._tell(answer)
        except Failure as failure:
            end = failure
        except Exception:
            log.exception("bug in a shared stream")
            end = Failure(Status.INTERNAL, "internal error")
        finally:
            self._on_empty(self)
            for reader in self._readers:
                reader.finish(end)

    async def _tell(self, answer: bytes) -> None:
        self._first = self._first or answer
        self._told += 1
        self._ring.append((self._token.told(answer), answer))
        # Some at a time, and these to the end: told all at once, the first of a
        # thousand would hear when the last does, and calls would wait meanwhile.
        readers = iter(list(self._readers))
        while batch := list(itertools.islice(readers, _BATCH)):
            for reader in batch:
                reader.put(answer)
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    async def _leave(self) -> None:
        if self._readers or self._pump is None or self._pump.done():
            return
        self._on_empty(self)
        self._pump.cancel()
        await asyncio.wait([self._pump])
