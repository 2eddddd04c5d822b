"""One connection that everybody shares: no call waits for another one's reply."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from ranking.store.engine import Reader, ReplyError, pack_command
from ranking.store.replies import unavailable
from ranking.store.store import Script, Word

Future = asyncio.Future[Any]
Words = tuple[Word, ...]
Sent = tuple[Future, Words, Script | None, int]
"""Whom to answer, the command, the script that it runs, and how often a server has
sent it elsewhere. A bare tuple, as one is made for every call."""

OnError = Callable[["Way", Sent, str], None]
"""Answers a call to which the server replied with an error; it may go on elsewhere."""

_TICKS = 8
"""Per reply timeout. What is late is found this much later at most."""


class Way(Protocol):
    """Where calls to one server go."""

    def send(self, words: Words, script: Script | None = None) -> Future:
        """Begin a call; its future may be cancelled at any time."""
        ...

    def put(self, sent: Sent) -> None:
        """Go on with a call that has begun elsewhere."""
        ...


class Gone:
    """Where calls to a server go that is not connected: nowhere, and at once."""

    __slots__ = ("_reason",)

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def send(self, _words: Words, _script: Script | None = None) -> Future:
        """Refuse a call."""
        future = asyncio.get_running_loop().create_future()
        future.set_exception(unavailable(self._reason))
        return future

    def put(self, sent: Sent) -> None:
        """Refuse a call that has begun elsewhere."""
        if not sent[0].done():
            sent[0].set_exception(unavailable(self._reason))


class Pipe(asyncio.Protocol):
    """A connection, from its login to its end; `lost` tells when and why it ended.

    What is sent in one turn of the event loop leaves in one write. Replies come in
    the order of the commands. A caller that no longer waits does not disturb it.
    """

    __slots__ = (
        "_heard",
        "_loop",
        "_marks",
        "_most",
        "_outgoing",
        "_owner",
        "_pending",
        "_reader",
        "_tick_s",
        "_timer",
        "_transport",
        "answers_error",
        "closed",
        "lost",
    )

    def __init__(
        self, answers_error: OnError, *, reply_timeout_s: float, most_in_flight: int
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.answers_error = answers_error
        self._most = most_in_flight
        self._tick_s = reply_timeout_s / _TICKS
        self._reader = Reader()
        self._pending: deque[Sent] = deque()
        self._outgoing: list[bytes] = []
        self._heard = 0
        self._marks: deque[tuple[int, bool]] = deque()
        self._transport: asyncio.WriteTransport | None = None
        self._owner: object = None
        self._timer: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self.closed = asyncio.Event()

    def adopt(
        self, transport: asyncio.WriteTransport, owner: object
    ) -> asyncio.Protocol:
        """Begin with a transport that is logged in; *owner* must live as long."""
        self._transport, self._owner = transport, owner
        self._timer = self._loop.call_later(self._tick_s, self._tick)
        return self

    def send(self, words: Words, script: Script | None = None) -> Future:
        """Begin a call."""
        future = self._loop.create_future()
        self.put((future, words, script, 0))
        return future

    def put(self, sent: Sent) -> None:
        """Go on with a call that has begun elsewhere."""
        if self._transport is None or len(self._pending) >= self._most:
            self._refuse(sent)
            return
        try:
            packed = pack_command(sent[1])  # type: ignore[arg-type]  # one word, it says
        except (TypeError, UnicodeEncodeError) as error:
            sent[0].set_exception(error)
            return
        self._pending.append(sent)
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(packed)

    def drop(self, reason: str) -> None:
        """End the connection, and every call on it, at once."""
        if self._transport is None:
            return
        self._transport.abort()
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._outgoing.clear()
        self.lost.set_result(reason)
        for future, *_ in self._pending:
            if not future.done():
                future.set_exception(unavailable(reason))
        self._pending.clear()

    def data_received(self, data: bytes) -> None:
        """Answer every call whose reply is complete."""
        self._heard += 1
        reader, pending = self._reader, self._pending
        reader.feed(data)
        while pending and (reply := reader.gets()) is not False:
            sent = pending.popleft()
            if sent[0].done():
                continue
            if type(reply) is ReplyError:
                self.answers_error(self, sent, str(reply))
            else:
                sent[0].set_result(reply)
        if not pending and reader.has_data():
            # Whatever it is, the next caller must not take it for its reply.
            self.drop("the server said something that nobody asked for")

    def connection_lost(self, error: Exception | None) -> None:
        """The server, or something on the way, has ended the connection."""
        self.drop(f"the connection ended ({error or 'closed by the server'})")
        self._owner = None
        self.closed.set()

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
            self._outgoing.clear()

    def _tick(self) -> None:
        """Give up a connection on which nothing comes while calls wait.

        A long queue is no reason: what still answers is alive, and giving it up
        would fail all that it is at work on. Looking at every tick costs a call
        nothing, and a loop that was held up itself counts one tick.
        """
        marks = self._marks
        if len(marks) == _TICKS:
            heard, waited = marks.popleft()
            if waited and self._heard == heard:
                self.drop(f"no reply in {self._tick_s * _TICKS:g} s")
                return
            if self._heard == heard and not self._pending:
                # Nobody asks; so a server that is gone is found before anybody does.
                self.send(("PING",)).cancel()
        marks.append((self._heard, bool(self._pending)))
        self._timer = self._loop.call_later(self._tick_s, self._tick)

    def _refuse(self, sent: Sent) -> None:
        if sent[0].done():
            return
        if self._transport is None:
            sent[0].set_exception(unavailable("the connection has ended"))
        else:
            sent[0].set_exception(unavailable(f"{self._most} requests are in flight"))
