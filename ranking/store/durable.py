"""Writes that are answered when they are safe, many of them at the price of one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ranking.errors import NotDurable
from ranking.store.engine import ReplyError
from ranking.store.pipe import Future, Gone, OnError, Pipe, Sent, Way, Words
from ranking.store.store import Script


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The command that makes a connection's earlier writes safe, and its reply."""

    words: Words
    wanted: str
    shortfall: Callable[[Any], str]
    """What the reply says is missing; empty: nothing."""


def fsynced(timeout_ms: int) -> Confirmation:
    """Wait until the server's own disk has them."""

    def shortfall(reply: list[int]) -> str:
        return "" if reply[0] else "the server's disk did not have it in time"

    return Confirmation(("WAITAOF", 1, 0, timeout_ms), "fsync", shortfall)


def replicated(replicas: int, timeout_ms: int) -> Confirmation:
    """Wait until *replicas* other servers have them in memory."""

    def shortfall(reply: int) -> str:
        return "" if reply >= replicas else f"{reply} of {replicas} replicas had it"

    return Confirmation(("WAIT", replicas, timeout_ms), "replicated", shortfall)


def keep_error(_way: Way, sent: Sent, text: str) -> None:
    """Let an error reply wait for the confirmation, like every reply of a group."""
    sent[0].set_result(ReplyError(text))


class DurableWriter:
    """Sends all writes that came while the last group was under way as one group.

    A confirmation covers what the same connection has written before it, and blocks
    that connection. So writes have one of their own, with `keep_error`.
    """

    def __init__(
        self,
        pipe: Pipe,
        confirmation: Confirmation,
        answers_error: OnError,
        most_in_flight: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._pipe = pipe
        self._confirmation = confirmation
        self._answers_error = answers_error
        self._most = most_in_flight
        self._waiting: list[Sent] = []
        self._under_way = False

    def send(self, words: Words, script: Script | None = None) -> Future:
        """Begin a write."""
        future = self._loop.create_future()
        self.put((future, words, script, 0))
        return future

    def put(self, sent: Sent) -> None:
        """Go on with a write that has begun elsewhere."""
        if len(self._waiting) >= self._most:
            Gone(f"{self._most} writes are waiting").put(sent)
            return
        self._waiting.append(sent)
        if not self._under_way:
            self._under_way = True
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        group, self._waiting = self._waiting, []
        replies = [self._pipe.send(words) for _, words, _, _ in group]
        confirmed = self._pipe.send(self._confirmation.words)
        confirmed.add_done_callback(lambda _: self._end(group, replies, confirmed))

    def _end(
        self, group: Sequence[Sent], replies: Sequence[Future], confirmed: Future
    ) -> None:
        shortfall = self._shortfall(confirmed)
        for sent, reply in zip(group, replies, strict=True):
            self._answer(sent, reply, shortfall)
        self._under_way = bool(self._waiting)
        if self._waiting:
            self._begin()

    def _shortfall(self, confirmed: Future) -> str:
        if confirmed.exception():
            return "the connection ended"
        reply = confirmed.result()
        if isinstance(reply, ReplyError):  # its configuration has been changed
            return f"the server does not confirm: {reply}"
        return self._confirmation.shortfall(reply)

    def _answer(self, sent: Sent, reply: Future, shortfall: str) -> None:
        error = reply.exception()
        if sent[0].done():
            return
        if error:
            sent[0].set_exception(error)
        elif isinstance(reply.result(), ReplyError):
            self._answers_error(self, sent, str(reply.result()))
        elif shortfall:
            sent[0].set_exception(NotDurable(self._confirmation.wanted, shortfall))
        else:
            sent[0].set_result(reply.result())
