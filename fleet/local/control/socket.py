"""The socket through which commands reach a running fleet: lines of JSON.

A client sends one line, `{"command": "ps", ...}`. It gets any number of
`{"item": ...}` and then one of `{"ok": ...}` and `{"error": "text"}`.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import BadInput, FleetError

LONGEST_REQUEST = 64 * 1024
"""Bytes of one line."""
MOST_CLIENTS = 64
REQUEST_TIMEOUT_S = 5.0
"""For the line to arrive: a client that says nothing must not stay."""

Request = Mapping[str, object]
Say = Callable[[object], Awaitable[None]]
"""Send one item to the client."""
Answer = Callable[[Request, Say], Awaitable[object]]

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def control(path: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer commands on the socket *path* for the length of the block.

    Args:
        path: In a folder that only its owner can enter; that is the whole
            access control.
        answer: What the commands do; its `FleetError` goes to the client.
    """
    clients = _Clients(answer, set())
    server = await asyncio.start_unix_server(clients.serve, path, limit=LONGEST_REQUEST)
    try:
        yield
    finally:
        server.close()
        for task in clients.tasks:
            task.cancel()
        if clients.tasks:
            await asyncio.wait(clients.tasks)


@dataclass(frozen=True, slots=True)
class _Clients:
    answer: Answer
    tasks: set[asyncio.Task[None]]

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection; more than the bound are closed at once."""
        if len(self.tasks) >= MOST_CLIENTS:
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async def send(message: Mapping[str, object]) -> None:
            writer.write(json.dumps(message).encode() + b"\n")
            await writer.drain()

        try:
            request = await _read(reader)
            result = await self._until_gone(request, send, reader)
            await send({"ok": result})
        except FleetError as error:
            with contextlib.suppress(ConnectionError):
                await send({"error": str(error)})
        except ConnectionError:
            pass  # the client went away: nobody is left to tell
        except Exception:
            log.exception("bug in the control socket")
            with contextlib.suppress(ConnectionError):
                await send({"error": "internal error; see the log of `fleet up`"})
        finally:
            writer.close()

    async def _until_gone(
        self,
        request: Request,
        send: Callable[[Mapping[str, object]], Awaitable[None]],
        reader: asyncio.StreamReader,
    ) -> object:
        """Answer, but no longer than the client listens."""

        async def say(item: object) -> None:
            await send({"item": item})

        answering = asyncio.ensure_future(self.answer(request, say))
        leaving = asyncio.ensure_future(_end_of(reader))
        try:
            await asyncio.wait([answering, leaving], return_when="FIRST_COMPLETED")
            if not answering.done():
                raise ConnectionResetError
            return answering.result()
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.wait([answering, leaving])


async def _end_of(reader: asyncio.StreamReader) -> None:
    """Wait for the client to hang up; what else it says is thrown away."""
    while await reader.read(LONGEST_REQUEST):
        pass


async def _read(reader: asyncio.StreamReader) -> Request:
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            line = await reader.readline()
    except ValueError:
        raise BadInput("request", f"is longer than {LONGEST_REQUEST} bytes") from None
    except TimeoutError:
        raise BadInput("request", f"no line in {REQUEST_TIMEOUT_S:g} s") from None
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput("request", f"is not a line of JSON ({error})") from None
    if not isinstance(request, dict):
        raise BadInput("request", 'is not an object like {"command": "ps"}')
    return request
