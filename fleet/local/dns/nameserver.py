"""A nameserver for one machine, on UDP and TCP."""

import asyncio
import contextlib
import errno
import logging
from collections.abc import AsyncIterator
from typing import cast

from fleet.endpoint import Endpoint
from fleet.local.dns.answers import Source
from fleet.local.dns.streams import Streams
from fleet.local.dns.wire import respond

log = logging.getLogger(__name__)

_IDLE_S = 5.0
"""RFC 7766 section 6.2.3 wants a few seconds."""
_ATTEMPTS = 20
"""At finding a port that is free for both."""


@contextlib.asynccontextmanager
async def nameserver(
    source: Source,
    host: str = "127.0.0.1",
    port: int = 5300,
    *,
    idle_s: float = _IDLE_S,
) -> AsyncIterator[Endpoint]:
    """Answer questions out of *source* for the length of the block.

    Args:
        source: A zone, or a cache.
        host: An IP address of this machine.
        port: For both UDP and TCP; 0: one that is free for both.
        idle_s: Seconds after which a TCP connection without a whole question
            is closed.

    Raises:
        OSError: The port is taken, or the address is not one of this machine.
    """
    async with contextlib.AsyncExitStack() as stack:
        for attempts_left in reversed(range(_ATTEMPTS)):
            tcp = await stack.enter_async_context(
                Streams(source, idle_s).at(host, port)
            )
            try:
                stack.enter_context(await _datagrams(source, host, tcp))
                break
            except OSError as error:
                if port or error.errno != errno.EADDRINUSE or not attempts_left:
                    raise
                await stack.aclose()
        yield Endpoint(host, tcp)


async def _datagrams(
    source: Source, host: str, port: int
) -> contextlib.closing[asyncio.DatagramTransport]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(source), local_addr=(host, port)
    )
    return contextlib.closing(transport)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, source: Source) -> None:
        self._source = source

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = respond(data, self._source, over_tcp=False)
        if response is not None:
            self._transport.sendto(response, addr)

    def error_received(self, exc: Exception) -> None:
        # Whoever asked has left before the answer came; others are waiting.
        log.debug("an answer was not delivered: %s", exc)
