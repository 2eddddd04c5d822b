"""A question that blocks, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
GIVEN_UP = 2
"""Questions that may be left to themselves at a time; each has a thread."""


class Flight(Generic[T]):
    """Asks one question at a time, in a thread that ends with it.

    Whoever comes while it is asked gets its answer too. So a caller that is
    cancelled, again and again, leaves one thread behind at most, and that one
    for no longer than the question's own timeouts. The thread holds no exit of
    the process up.

    Args:
        question: Blocks; must end by itself. It never runs twice at once.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._asked: Future[T] | None = None

    @property
    def busy(self) -> bool:
        """Whether a question is being asked."""
        return self._asked is not None and not self._asked.done()

    async def answer(self) -> T:
        """Return what the question returns, or raise what it raises."""
        if self._asked is None or self._asked.done():
            self._asked = self._ask()
        return await asyncio.wrap_future(self._asked)

    def _ask(self) -> "Future[T]":
        asked: Future[T] = Future()
        asked.set_running_or_notify_cancel()  # one of many callers cannot cancel it
        threading.Thread(
            target=self._run, args=(asked,), name="cloudmap", daemon=True
        ).start()
        return asked

    def _run(self, asked: "Future[T]") -> None:
        try:
            asked.set_result(self._question())
        except BaseException as error:  # noqa: BLE001 - it is the caller's to handle
            asked.set_exception(error)


class Line(Generic[T]):
    """The flight of now, and those that were given up.

    A question's own timeouts are for each piece of an answer: a peer that sends a byte
    a second is never silent, and would hold up all who come later.
    """

    def __init__(self, begin: Callable[[], Flight[T]]) -> None:
        self._begin = begin
        self._given_up: list[Flight[T]] = []
        self.flight = begin()

    def give_up(self, flight: Flight[T]) -> None:
        """Ask anew from now on, with a connection and a thread of its own.

        Unless another caller has already done so, or as many as `GIVEN_UP` questions
        that were given up are still asked.
        """
        self._given_up = [each for each in self._given_up if each.busy]
        if flight is self.flight and len(self._given_up) < GIVEN_UP:
            self._given_up.append(flight)
            self.flight = self._begin()
