"""DNS over TCP: questions one after the other, each behind its length."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from fleet.local.dns.answers import Source
from fleet.local.dns.wire import respond

log = logging.getLogger(__name__)

_CONNECTIONS = 64
"""At the same time; a further one is closed at once."""


class Streams:
    """The TCP side of a nameserver.

    Args:
        source: Where answers come from.
        idle_s: Seconds for one exchange: for a question to come whole, and for
            its answer to be taken.
    """

    def __init__(self, source: Source, idle_s: float) -> None:
        self._source = source
        self._idle_s = idle_s
        self._open: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def at(self, host: str, port: int) -> AsyncIterator[int]:
        """Listen for the length of the block; tell on which port.

        Raises:
            OSError: The address cannot be listened on.
        """
        server = await asyncio.start_server(self._serve, host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for connection in self._open:
                connection.cancel()
            if self._open:
                await asyncio.wait(self._open)
            await server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= _CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        try:
            await self._converse(reader, writer)
        except OSError:
            pass  # it left, or was too slow (`TimeoutError` is an `OSError`)
        except asyncio.CancelledError:
            pass  # the block ends; asyncio would call it a bug
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):  # it has no more
            while await self._exchange(reader, writer):
                pass
        writer.close()
        async with asyncio.timeout(self._idle_s):  # to take what is on its way
            await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one question; False: there was none that deserves an answer."""
        async with asyncio.timeout(self._idle_s):
            length = int.from_bytes(await reader.readexactly(2))
            packet = await reader.readexactly(length)
            response = respond(packet, self._source, over_tcp=True)
            if response is None:
                return False
            writer.write(len(response).to_bytes(2) + response)
            await writer.drain()
            return True
