"""Accepting callers, to the last one who is connected."""

import asyncio
import socket
from collections.abc import Callable

_BACKLOG = 2048

Factory = Callable[[], asyncio.BaseProtocol]


class Listening:
    """A socket that a loop accepts from.

    The system connects callers before anybody accepts them, and resets those who
    wait when the socket is closed. So we hold it a second time: the loop lets go of
    its own, and we accept who is left.
    """

    def __init__(
        self, accepting: asyncio.Server, listener: socket.socket, factory: Factory
    ) -> None:
        self._listener = listener
        self._accepting = accepting
        self._factory = factory

    async def close(self) -> None:
        """Accept nobody new; every caller who was connected has a connection then."""
        self._accepting.close()
        loop = asyncio.get_running_loop()
        for caller in _waiting(self._listener):
            await loop.connect_accepted_socket(self._factory, caller)


async def listen(listener: socket.socket, factory: Factory) -> Listening:
    """Give each caller of *listener*, which is bound, a protocol by *factory*."""
    mine = listener.dup()
    mine.setblocking(False)  # noqa: FBT003 - its only form
    loop = asyncio.get_running_loop()
    accepting = await loop.create_server(factory, sock=listener, backlog=_BACKLOG)
    return Listening(accepting, mine, factory)


def _waiting(listener: socket.socket) -> list[socket.socket]:
    """Accept all who wait, and close."""
    callers: list[socket.socket] = []
    try:
        while True:
            callers.append(listener.accept()[0])
    except OSError:  # nobody is left, or there is no file for one, or it was closed
        return callers
    finally:
        listener.close()
